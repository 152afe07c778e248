#include "rewards/math/endings.hpp"

#include <algorithm>
#include <utility>

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

/// Whether a clause takes back what stands before it, or offers something else.
bool objects(std::string_view clause) {
  for (size_t i = 0; i < clause.size(); i += std::max<size_t>(word_at(clause.substr(i)), 1))
    for (const std::string_view word : {"not", "no", "or", "and", "but", "wrong", "incorrect", "false", "impossible",
                                        "mistaken", "if", "unless", "except", "respectively"})
      if (starts_with_word(clause.substr(i), word)) return true;
  return false;
}

/// "which is 2880": the value of what the words before it describe.
bool states_value(std::string_view clause) {
  for (const std::string_view verb : {"which is ", "which equals ", "which gives ", "which makes ", "which comes to "})
    if (clause.starts_with(verb)) return skip(clause.substr(verb.size()), "$*\\({- ").find_first_of("0123456789") == 0;
  return false;
}

/// Bytes of the picture at the end of `text`: 🎉, ✅. 0 where there is none.
size_t picture_at_end(std::string_view text) {
  const auto byte = [&](size_t from_end) { return static_cast<unsigned char>(text[text.size() - from_end]); };
  if (text.size() > 3 && byte(4) == 0xF0 && byte(3) == 0x9F) return 4;
  if (text.size() > 2 && byte(3) == 0xE2 && byte(2) >= 0x98 && byte(2) <= 0x9E) return 3;
  if (text.size() > 2 && byte(3) == 0xEF && byte(2) == 0xB8 && byte(1) == 0x8F) return 3;  // of how it is drawn
  return 0;
}

}  // namespace

std::string_view without_end_marks(std::string_view text) {
  constexpr size_t longest_mark = 40;
  constexpr int most_marks = 8;
  bool again = true;
  for (int i = 0; i < most_marks && again; ++i) {
    again = false;
    text = cut_end(text, " \t\r\n");
    for (const std::string_view mark : {"</s>", "<end_of_turn>", "<eos>", "<pad>", "[/INST]"})
      if (text.ends_with(mark)) text.remove_suffix(mark.size()), again = true;
    for (const auto& [open, close] : {std::pair("<|", "|>"), std::pair("<｜", "｜>")}) {
      if (!text.ends_with(close)) continue;
      const std::string_view end = text.substr(text.size() - std::min(text.size(), longest_mark));
      const size_t begin = end.rfind(open);
      if (begin == end.npos) continue;
      text.remove_suffix(end.size() - begin);
      again = true;
    }
  }
  return text;
}

std::string_view without_remark(std::string_view sentence, bool is_of_one_value) {
  constexpr std::string_view remarks[] = {"as ", "by ", "hence", "which ", "QED", "see ", "since ", "because "};
  constexpr size_t shortest_clause = 7;
  const size_t last_value = sentence.find_last_of("0123456789$\\=");
  const bool is_description = word_at(sentence) > 1;  // "the product of 120 and 24, which is 2880"
  bool was_in_words = false;                          // a clause that objects is not looked at again
  for (size_t i = sentence.find_first_of("0123456789$\\"); i < sentence.size(); ++i) {
    const std::string_view behind = sentence.substr(i);
    if (behind[0] == ',' || behind[0] == ';') {
      const std::string_view clause = skip(behind.substr(1), " ");
      for (const std::string_view remark : remarks)
        if (clause.starts_with(remark) && !(is_description && states_value(clause))) return sentence.substr(0, i);
      const bool is_in_words = i > last_value && word_at(clause) > 0 && clause.size() >= shortest_clause;
      if (is_of_one_value && is_in_words && !was_in_words && !objects(clause)) return sentence.substr(0, i);
      was_in_words = was_in_words || is_in_words;
    }
    for (const std::string_view remark : {" when rounded", " (in total)", " (as "})
      if (behind.starts_with(remark)) return sentence.substr(0, i);
  }
  return sentence;
}

std::string_view cut_marks(std::string_view text, std::string_view marks) {
  bool has_picture = false;
  while (!text.empty()) {
    if (text.ends_with("...") || text.ends_with("\\right.") || text.ends_with("\\left.") || text.ends_with("^*")) break;
    const size_t picture = picture_at_end(text);
    // Before a picture, "!" is an exclamation and no factorial.
    const bool is_exclamation = has_picture && text.back() == '!';
    has_picture = has_picture || picture > 0;
    if (picture == 0 && !is_exclamation && marks.find(text.back()) == marks.npos) break;
    const bool are_inches = text.back() == '"' && text.size() > 1 && is_digit(text[text.size() - 2]) &&
                            std::count(text.begin(), text.end(), '"') % 2 == 1;  // 5'2"
    if (are_inches) break;
    text.remove_suffix(std::max<size_t>(picture, 1));
  }
  return text;
}

}  // namespace cohort::rewards::math
