#include "cohort/rewards/repetition.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "cohort/error.hpp"
#include "rewards/formulas/tokens.hpp"
#include "rewards/text/unicode.hpp"

namespace cohort::rewards {
namespace {

/// The finaliser of SplitMix64: ids count up from 0, and no text may choose which of them share a bucket.
struct Mix {
  size_t operator()(uint64_t x) const {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
  }
};

/// Numbers keys by their first occurrence.
class Numbering {
 public:
  explicit Numbering(size_t num_keys) { ids_.reserve(num_keys); }
  uint32_t operator()(uint64_t key) { return ids_.try_emplace(key, static_cast<uint32_t>(ids_.size())).first->second; }
  size_t size() const { return ids_.size(); }

 private:
  std::unordered_map<uint64_t, uint32_t, Mix> ids_;
};

/// Each word of a text as a number.
std::vector<int64_t> words_of(std::string_view text) {
  const std::string lower = to_lower(text);
  std::unordered_map<std::string_view, int64_t> ids;
  std::vector<int64_t> words;
  size_t begin = 0;
  const auto end_word = [&](size_t end) {
    if (end == begin) return;
    const std::string_view word = std::string_view(lower).substr(begin, end - begin);
    words.push_back(ids.try_emplace(word, static_cast<int64_t>(ids.size())).first->second);
  };
  for (size_t i = 0; i < lower.size();) {
    const size_t place = i;
    const char32_t c = next_code_point(lower, i);
    const bool is_word = is_written_without_blanks(script_of(c));
    if (!is_word && !is_blank(c)) continue;
    end_word(place);
    begin = is_word ? place : i;
    if (is_word) end_word(i);
    begin = i;
  }
  end_word(lower.size());
  return words;
}

Grade repetition_grade(std::span<const int64_t> items, int64_t ngram_size, double max_penalty) {
  const double share = repeated_share(items, ngram_size);
  return share > 0 ? Grade(share * max_penalty, "repeated") : Grade(0.0, "fresh");
}

void check_options(const char* rule, const char* unit, int64_t ngram_size, double max_penalty) {
  check(ngram_size >= 1, "{}: ngram_{} must be at least 1, got {}", rule, unit, ngram_size);
  check(std::isfinite(max_penalty) && max_penalty <= 0, "{}: max_penalty must be finite and at most 0, got {}", rule,
        max_penalty);
}

}  // namespace

double repeated_share(std::span<const int64_t> items, int64_t ngram_size) {
  if (ngram_size < 1 || items.size() < static_cast<size_t>(ngram_size)) return 0.0;
  const size_t size = static_cast<size_t>(ngram_size);
  std::vector<uint32_t> ids(items.size());  // ids[i]: of the n-gram of `known` items that begins at i
  size_t num_different = 0;
  {
    Numbering numbering(items.size());
    for (size_t i = 0; i < items.size(); ++i) ids[i] = numbering(static_cast<uint64_t>(items[i]));
    num_different = numbering.size();
  }
  // Two n-grams that overlap or meet name a longer one, so sizes double: no hash of items, hence no collision.
  for (size_t known = 1; known < size;) {
    const size_t next = std::min(2 * known, size);
    Numbering numbering(items.size());
    for (size_t i = 0; i + next <= items.size(); ++i)
      ids[i] = numbering(static_cast<uint64_t>(ids[i]) << 32 | ids[i + next - known]);
    num_different = numbering.size();
    known = next;
  }
  return 1.0 - static_cast<double>(num_different) / static_cast<double>(items.size() - size + 1);
}

RewardRule token_repetition(TokenRepetitionOptions options) {
  check_options("token_repetition", "tokens", options.ngram_tokens, options.max_penalty);
  return [options](const Problem&, const Completion& completion) {
    if (!num_tokens(completion)) return no_tokens();
    return repetition_grade(completion.tokens, options.ngram_tokens, options.max_penalty);
  };
}

RewardRule word_repetition(WordRepetitionOptions options) {
  check_options("word_repetition", "words", options.ngram_words, options.max_penalty);
  return [options](const Problem&, const Completion& completion) {
    return repetition_grade(words_of(completion.text), options.ngram_words, options.max_penalty);
  };
}

}  // namespace cohort::rewards
