#include "cohort/rewards/answer_match.hpp"

#include <algorithm>
#include <map>

#include "rewards/answers/answer_part.hpp"
#include "rewards/answers/gold_answers.hpp"
#include "rewards/text/unicode.hpp"

namespace cohort::rewards {
namespace {

using Words = std::vector<std::string>;

enum class Punctuation {
  removed,
  kept,
};

Words split(std::string_view text, Punctuation punctuation) {
  Words words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const char32_t c = next_code_point(text, i);
    if (is_blank(c))
      end_word();
    else if (punctuation == Punctuation::kept || !is_punctuation(c))
      word += to_lower(text.substr(begin, i - begin));
  }
  end_word();
  return words;
}

std::vector<Words> gold_words(const Problem& problem) {
  std::vector<Words> golds;
  for (const std::string& gold : gold_answers(problem.answer))
    if (Words words = answer_words(gold); !words.empty()) golds.push_back(std::move(words));
  return golds;
}

double f1_of(const Words& gold, const Words& answer) {
  if (gold == answer) return 1.0;
  const auto is_closed = [](const Words& words) {
    return words.size() == 1 && (words[0] == "yes" || words[0] == "no" || words[0] == "noanswer");
  };
  if (is_closed(gold) || is_closed(answer)) return 0.0;
  std::map<std::string_view, int64_t> unused;
  for (const std::string& word : gold) ++unused[word];
  int64_t num_common = 0;
  for (const std::string& word : answer) {
    const auto found = unused.find(word);
    if (found == unused.end() || found->second == 0) continue;
    --found->second;
    ++num_common;
  }
  return 2.0 * static_cast<double>(num_common) / static_cast<double>(gold.size() + answer.size());
}

/// Grades the part of a completion that `source` names by the best that `agreement` finds among the gold answers.
template <typename Agreement>
RewardRule over_golds(ExactSource source, Agreement agreement) {
  return [=](const Problem& problem, const Completion& completion) {
    const std::vector<Words> golds = gold_words(problem);
    Grade grade(0.0, golds.empty() ? "gold_unparsed" : "unparsed");
    if (golds.empty()) grade.score = std::nullopt;
    const auto text = part_of(completion.text, source);
    if (golds.empty() || !text) return grade;
    const Words answer = answer_words(*text);
    double best = 0.0;
    for (const Words& gold : golds) best = std::max(best, agreement(gold, answer));
    grade = Grade(best, best == 1.0 ? "equal" : best > 0.0 ? "partial" : "different");
    grade.extracted = shown(*text);
    return grade;
  };
}

}  // namespace

Words answer_words(std::string_view text) {
  const Words all = split(text, Punctuation::removed);
  if (all.empty()) return split(text, Punctuation::kept);
  Words words;
  for (const std::string& word : all)
    if (word != "a" && word != "an" && word != "the") words.push_back(word);
  return words.empty() ? all : words;
}

RewardRule exact_match(AnswerMatchOptions options) {
  return over_golds(options.source, [](const Words& gold, const Words& answer) { return gold == answer ? 1.0 : 0.0; });
}

RewardRule f1(AnswerMatchOptions options) { return over_golds(options.source, f1_of); }

}  // namespace cohort::rewards
