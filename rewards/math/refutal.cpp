// What the words behind a value say of it: that it is not the answer, or only a part of it.
#include <algorithm>
#include <array>
#include <initializer_list>

#include "rewards/math/hedging.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/sentence.hpp"

namespace cohort::rewards::math {
namespace {

bool is_value(std::string_view text) {
  text = skip(text, " ");
  return !text.empty() && (is_digit(text[0]) || text[0] == '$' || text[0] == '\\');
}

/// Whether `text` begins with one of these, in whatever case.
bool begins_in(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return starts_with_ignoring_case(text, word); });
}

/// The "than 20" of "18 more than 20"; "18 more than Jill" and "18 more than 3 times Karen" say which 18 it is.
bool is_difference(std::string_view behind) {
  for (const std::string_view words : {"more than", "less than"}) {
    if (!starts_with_ignoring_case(behind, words)) continue;
    const std::string_view rest = skip(behind.substr(words.size()), " $");
    if (begins_in(rest, {"the answer", "the unknown", "that answer"})) return true;
    const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    return end > 0 && skip(rest.substr(end), "$.").empty();
  }
  return false;
}

/// "$36$ + 2", "$36$/5", "36 times 2", "36 squared": the value that stands before is not the one that is meant.
bool goes_on_as_calculation(std::string_view behind) {
  for (const std::string_view word : {"squared", "cubed", "factorial", "thousand", "million", "billion", "trillion"})
    if (starts_with_word(behind, word)) return true;
  if (begins_in(behind, {"and a half", "and a third", "and a quarter"})) return true;
  for (const std::string_view words : {"percent of", "% of", "\\% of"})  // 40 percent of 80
    if (starts_with_ignoring_case(behind, words))
      return skip(behind.substr(words.size()), " $").find_first_of("0123456789") == 0;
  if (starts_with_ignoring_case(behind, "to the ") && behind.substr(0, 24).find("power") != behind.npos) return true;
  if (starts_with_word(behind, "point")) {  // 63 point five
    constexpr std::string_view digits[] = {"zero", "one",   "two",   "three", "four", "five",
                                           "six",  "seven", "eight", "nine",  "oh"};
    const std::string_view next = skip(behind.substr(5), " ");
    if (is_value(next)) return true;
    for (const std::string_view digit : digits)
      if (starts_with_word(next, digit)) return true;
  }
  for (const std::string_view sign : {"over", "+", "/", "^", "×", "÷", "plus", "minus", "times", "divided by",
                                      "multiplied by", "raised to", "to the power", "to the power of", "modulo"})
    if (starts_with_ignoring_case(behind, sign) && is_value(behind.substr(sign.size()))) return true;
  for (const std::string_view sign : {"plus ", "minus ", "times "})  // 36 times the unknown constant
    if (starts_with_ignoring_case(behind, sign) &&
        begins_in(behind.substr(sign.size()), {"something", "some ", "the unknown", "an unknown", "the answer"}))
      return true;
  return false;
}

/// The "th prime" of "the 40th prime", which is another number; the 4th floor is the 4th.
bool is_index(std::string_view behind) {
  static constexpr std::string_view numbers[] = {
      "prime", "power",    "root",   "fibonacci", "triangular", "square",   "cube",    "odd",
      "even",  "positive", "number", "composite", "perfect",    "smallest", "largest", "multiple"};
  static constexpr std::string_view entries[] = {"term", "digit", "element", "entry"};  // beside the value itself
  for (const std::string_view ordinal : {"th ", "st ", "nd ", "rd "}) {
    if (!behind.starts_with(ordinal)) continue;
    const std::string_view noun = behind.substr(ordinal.size());
    const auto is_noun = [&](std::string_view word) { return starts_with_word(noun, word); };
    const bool has_value = noun.find_first_of("0123456789") != noun.npos;
    return std::ranges::any_of(numbers, is_noun) || (has_value && std::ranges::any_of(entries, is_noun));
  }
  return false;
}

/// "Is the answer 40?"
bool is_question(std::string_view before) {
  const std::string_view sentence = skip(before.substr(before.find_last_of(".!?:") + 1), " ");
  return std::ranges::any_of(std::to_array<std::string_view>({"is", "could", "can", "might", "would", "should", "may"}),
                             [&](std::string_view word) { return starts_with_word(sentence, word); });
}

/// ". Wait, no, it is 41", "; it should be 41", ", which is wrong", ", but it is 41", ", but they are mistaken".
bool is_taken_back(std::string_view behind) {
  if (behind[0] == '.' || behind[0] == '?') {
    const std::string_view next = skip(behind, ".? ");
    if (begins_in(next, {"wait, no",
                         "wait, that",
                         "actually, it",
                         "actually, no",
                         "no, it",
                         "no, that",
                         "no, the",
                         "wrong.",
                         "wrong!",
                         "hmm, that's not",
                         "oops",
                         "correction:",
                         "but this is impossible",
                         "but this is wrong",
                         "but that is wrong",
                         "he is wrong",
                         "he is mistaken",
                         "she is mistaken",
                         "they are mistaken",
                         "she is wrong",
                         "they are wrong",
                         "actually, this is incorrect",
                         "actually, this is wrong",
                         "actually, that is"}))
      return true;
    return false;
  }
  for (const std::string_view dash : {"—", "–"})
    if (behind.starts_with(dash)) return starts_with_word(skip(behind.substr(dash.size()), " "), "no");
  if (behind[0] != ',' && behind[0] != ';') return false;
  const std::string_view next = skip(behind, ",; ");
  if (begins_in(next, {"i mean", "which is wrong", "which is incorrect", "which is false", "which is impossible",
                       "it should be", "but it is", "but it's", "but they are mistaken", "but this is wrong",
                       "but that is wrong", "but this is incorrect", "but that is incorrect"}))
    return true;
  return false;
}

}  // namespace

bool is_refuted(std::string_view text, std::string_view where, bool is_boxed) {
  if (!is_part(text, where)) return false;
  const std::string_view end = cut_end(where, " .");
  if (!end.empty() && (static_cast<unsigned char>(end.back()) >= 0x80 || end.back() == 'l'))
    for (const std::string_view negation : {"아닙니다", "아니다", "ではありません", "ではない", "じゃない", "değil"})
      if (end.ends_with(negation)) return true;
  std::string_view behind = line_behind(text, where);
  const bool has_equals = cut_end(line_before(text, where), " $\\(*").ends_with('=') || where.find('=') != where.npos;
  if (!has_equals && !is_boxed && is_index(behind)) return true;
  behind = skip(behind, " *_`$\\)]}");
  if (behind.empty()) {  // "\\boxed{195}", and on another line "Actually, this is incorrect."
    const std::string_view rest = text.substr(static_cast<size_t>(where.data() - text.data()) + where.size());
    const std::string_view next = skip(rest.substr(0, max_distance), " *_`$\\)]}.\n");
    return begins_in(next, {"actually, this is incorrect", "actually, this is wrong"});
  }
  if (!is_boxed && (goes_on_as_calculation(behind) || (!has_equals && is_difference(behind)))) return true;
  const bool is_share = where.ends_with('%') || where.ends_with("percent");  // 40 percent of 80
  if (is_share && starts_with_word(behind, "of") && skip(behind.substr(2), " $").find_first_of("0123456789") == 0)
    return true;
  if (static_cast<unsigned char>(behind[0]) >= 0x80 || behind[0] == 'd' || behind[0] == 'n')
    for (const std::string_view negation :
         {"değil", "이 아", "가 아", "은 아", "ではありません", "ではない", "じゃない", "नहीं", "není"})
      if (behind.starts_with(negation)) return true;
  for (const std::string_view mark : {"(wrong", "(incorrect", "(false", "(rejected", "(extraneous", "(invalid"})
    if (behind.starts_with(mark)) return true;
  if (is_taken_back(behind)) return true;
  if (behind[0] == '?' && is_question(line_before(text, where))) return true;
  if (behind[0] == '?' && starts_with_word(skip(behind, "? "), "no")) return true;  // "86? No, it is 89."
  if (starts_with_word(behind, "if"))                                               // "66 if …, but it is 68"
    for (const std::string_view words : {", but it is", ", but it's", ", but the answer"})
      if (behind.find(words) != behind.npos) return true;
  if (begins_in(behind, {"is wrong", "is incorrect", "is false", "is too ", "does not work", "doesn't work", "fails",
                         "is rejected", "is extraneous", "is excluded", "is ruled out", "is invalid", "would be wrong",
                         "would be incorrect", "cannot be", "can't be", "is impossible"}))
    return true;
  // 37 is not the answer; but that 37 is not prime says nothing against it.
  for (const std::string_view negation : {"is not", "isn't", "isn’t"}) {
    if (!starts_with_ignoring_case(behind, negation)) continue;
    behind = skip(behind.substr(negation.size()), " ");
    const auto goes_on = [&](std::string_view word) { return starts_with_word(behind, word); };
    return behind.empty() || behind[0] == '.' ||
           std::ranges::any_of(std::to_array<std::string_view>({"the", "correct", "right", "possible", "a solution",
                                                                "it", "valid", "what", "our", "an answer", "allowed"}),
                               goes_on);
  }
  return false;
}

}  // namespace cohort::rewards::math
