#include "cohort/rewards/math.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "cohort/error.hpp"
#include "rewards/math/extract.hpp"
#include "rewards/math/grade.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

using math::Arena;
using math::Candidate;
using math::Gold;

/// Gold answers that this thread read lately: the completions of a group share theirs.
class GoldCache {
 public:
  const Gold& read(std::string_view text, const MathOptions& options) {
    const auto fits = [&](const std::unique_ptr<Entry>& entry) {
      return entry && entry->decimal_comma == options.decimal_comma &&
             entry->max_answer_bytes == options.max_answer_bytes && entry->text == text;
    };
    if (const auto found = std::find_if(entries_.begin(), entries_.end(), fits); found != entries_.end())
      return (*found)->gold;
    std::unique_ptr<Entry>& entry = entries_[next_++ % entries_.size()];
    if (!entry) entry = std::make_unique<Entry>();
    entry->arena.clear();
    entry->text = text;
    entry->decimal_comma = options.decimal_comma;
    entry->max_answer_bytes = options.max_answer_bytes;
    entry->gold = math::read_gold(entry->text, entry->arena, options);
    return entry->gold;
  }

 private:
  struct Entry {
    std::string text;
    bool decimal_comma = false;
    int64_t max_answer_bytes = 0;
    Arena arena;
    Gold gold;
  };
  std::array<std::unique_ptr<Entry>, 8> entries_;
  size_t next_ = 0;
};

struct Workspace {
  GoldCache golds;
  Arena arena;
};

Workspace& workspace() {
  thread_local Workspace of_this_thread;
  of_this_thread.arena.clear();
  return of_this_thread;
}

std::optional<double> score_of(MathVerdict verdict) {
  if (verdict == MathVerdict::gold_unparsed || verdict == MathVerdict::budget_exceeded) return std::nullopt;
  return verdict == MathVerdict::equal ? 1.0 : 0.0;
}

/// One gold answer is remembered between calls; of several, one could push another out of the cache.
std::vector<Gold> read_golds(std::span<const std::string_view> texts, Workspace& space, const MathOptions& options) {
  std::vector<Gold> golds;
  for (const std::string_view text : texts) {
    const Gold gold = texts.size() == 1 ? space.golds.read(text, options) : math::read_gold(text, space.arena, options);
    if (gold.root || !gold.text.empty() || !gold.whole.empty()) golds.push_back(gold);
  }
  return golds;
}

/// A gold answer that cannot be read is equal to its own text; whether anything else is right, nobody knows.
MathResult with_score(MathResult result, const std::vector<Gold>& golds) {
  const bool is_readable = std::any_of(golds.begin(), golds.end(), [](const Gold& gold) { return gold.root; });
  if (!is_readable && result.verdict != MathVerdict::equal) {
    result = {};
    result.verdict = MathVerdict::gold_unparsed;
  }
  result.score = score_of(result.verdict);
  return result;
}

}  // namespace

std::string_view to_string(MathVerdict verdict) {
  constexpr std::string_view words[] = {"equal", "different", "unparsed", "gold_unparsed", "budget_exceeded"};
  return words[static_cast<size_t>(verdict)];
}

MathResult grade_math(std::span<const std::string_view> golds, std::string_view response, const MathOptions& options) {
  Workspace& space = workspace();
  const std::vector<Gold> read = read_golds(golds, space, options);
  MathResult result;
  if (read.empty()) return with_score(result, read);
  math::offer_candidates(response, read.front().wanted, options.strictness, space.arena,
                         [&](const Candidate& candidate) {
                           if (trim(candidate.text).empty()) return false;  // behind a <think> that is not closed
                           auto judged = math::judge(read, candidate, space.arena, options);
                           if (!judged) return false;
                           result = *std::move(judged);
                           result.begin = static_cast<size_t>(candidate.where.data() - response.data());
                           result.end = result.begin + candidate.where.size();
                           return true;
                         });
  return with_score(std::move(result), read);
}

MathResult grade_math(std::string_view gold, std::string_view response, const MathOptions& options) {
  return grade_math(std::span(&gold, 1), response, options);
}

MathResult compare_math(std::string_view gold, std::string_view answer, const MathOptions& options) {
  return compare_math(std::span(&gold, 1), answer, options);
}

MathResult compare_math(std::span<const std::string_view> golds, std::string_view answer, const MathOptions& options) {
  Workspace& space = workspace();
  const std::vector<Gold> read = read_golds(golds, space, options);
  MathResult result;
  if (read.empty()) return with_score(result, read);
  const std::string_view text = trim(answer);
  if (text.empty()) return with_score(result, read);
  if (auto judged = math::judge(read, {text, text, "given", false}, space.arena, options)) {
    result = *std::move(judged);
    result.begin = static_cast<size_t>(text.data() - answer.data());
    result.end = result.begin + text.size();
  }
  return with_score(std::move(result), read);
}

std::vector<std::string> math_golds(std::string_view answer) {
  if (trim(answer).starts_with('[')) {
    const auto list = nlohmann::json::parse(answer, nullptr, false);
    const auto is_string = [](const nlohmann::json& entry) { return entry.is_string(); };
    if (list.is_array() && !list.empty() && std::all_of(list.begin(), list.end(), is_string)) return list;
  }
  return {std::string(answer)};
}

void check_math_options(const MathOptions& options) {
  check(options.relative_tolerance >= 0 && options.relative_tolerance < 1,
        "math: relative_tolerance must be in [0, 1), got {}", options.relative_tolerance);
  check(options.rounded_places >= 0 && options.rounded_places <= 1'000,
        "math: rounded_places must be in [0, 1000], got {}", options.rounded_places);
  check(options.max_answer_bytes > 0 && options.max_answer_bytes <= 1'000'000,
        "math: max_answer_bytes must be in [1, 1000000], got {}", options.max_answer_bytes);
  check(options.budget > 0, "math: budget must be positive, got {}", options.budget);
}

RewardRule math_reward(MathOptions options) {
  check_math_options(options);
  return [options](const Problem& problem, const Completion& completion) {
    const std::vector<std::string> texts = math_golds(problem.answer);
    const std::vector<std::string_view> golds(texts.begin(), texts.end());
    MathResult result = grade_math(golds, completion.text, options);
    Grade grade;
    grade.score = result.score;
    grade.verdict = to_string(result.verdict);
    grade.rule = result.rule;
    if (!result.extracted.empty()) grade.extracted = std::move(result.extracted);
    return grade;
  };
}

Grade math_answer(const Problem& problem, const Completion& completion) {
  static const RewardRule rule = math_reward();
  return rule(problem, completion);
}

}  // namespace cohort::rewards
