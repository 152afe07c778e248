// What the words around a value say of it: that it is not the answer.
#include <algorithm>
#include <array>
#include <span>

#include "rewards/math/hedging.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/sentence.hpp"

namespace cohort::rewards::math {
namespace {

/// "The answer is coprime to", "the answer is a third of", "the answer is the next prime after": what comes next is
/// what the answer is compared with. "The answer is equal to" and "the answer is a total of" lead to the answer itself.
bool is_compared_with(std::string_view claim) {
  constexpr std::string_view anchor = "answer is ";
  const size_t place = claim.rfind(anchor);
  if (place == claim.npos) return false;
  const std::string_view lead = cut_end(claim.substr(place + anchor.size()), " ");
  if (lead.empty() || lead.find_first_of(",:=$0123456789") != lead.npos) return false;
  const auto ends_in = [](std::string_view text, std::span<const std::string_view> words) {
    return std::ranges::any_of(words,
                               [&](std::string_view word) { return without_last(text, word).size() < text.size(); });
  };
  static constexpr std::string_view prepositions[] = {"than",  "after",  "before", "below", "above",
                                                      "under", "over",   "except", "from",  "between",
                                                      "near",  "beyond", "past",   "within"};
  if (ends_in(lead, prepositions)) return true;
  if (const std::string_view noun = cut_end(without_last(lead, "of"), " "); noun.size() < lead.size()) {
    static constexpr std::string_view values[] = {"total",  "value",  "maximum", "minimum",    "area",  "volume",
                                                  "length", "answer", "score",   "cost",       "price", "amount",
                                                  "sum",    "count",  "result",  "probability"};
    return !ends_in(noun, values);
  }
  if (const std::string_view verb = cut_end(without_last(lead, "to"), " "); verb.size() < lead.size()) {
    static constexpr std::string_view leads[] = {"equal", "equivalent", "identical", "out",  "up",
                                                 "down",  "rounded",    "comes",     "close"};
    return !ends_in(verb, leads) || verb == "up" || verb.ends_with("than or equal");
  }
  return false;
}

/// "If the answer is", "I doubt that the answer is", "less than", "не", "不是": what comes next is not claimed.
bool is_doubted(std::string_view before) {
  for (const std::string_view negation : {" не", "不是", "不为", "不為", "并非", "不等于", "ليس", "ليست", "אינו",
                                          "אינה", " לא", "ไม่ใช่", "δεν είναι", " není"})
    if (before.ends_with(negation)) return true;
  for (const std::string_view bound :
       {"less than", "more than", "greater than", "larger than", "smaller than", "fewer than"}) {
    const std::string_view subject = cut_end(without_last(before, bound), " ");
    if (subject.size() + 1 < before.size() && without_last(subject, "no").size() == subject.size()) return true;
  }
  std::string_view claim = before.substr(before.find_last_of(".!?;") + 1);
  if (without_last(claim, "answer is").size() < claim.size()) {
    const std::string_view lead = skip(claim, " ");
    if (starts_with_word(lead, "if") && claim.find(',') == claim.npos) return true;
    for (const std::string_view others :
         {"might think", "may think", "could think", "would think", "n't think", "not think", "n't believe",
          "not believe", "mistake", "uppose", "ssume", "claimed", "wrongly", "incorrectly", "tempting", "students say",
          "people say", "ome say"})
      if (claim.find(others) != claim.npos) return true;
  }
  if (is_compared_with(claim)) return true;
  const size_t that = claim.find(" that");
  if (that == claim.npos) return false;
  claim = cut_end(claim.substr(0, that), " ");
  return std::ranges::any_of(
      std::to_array<std::string_view>({"doubt", "false", "not true", "be true", "not the case", "untrue", "unlikely"}),
      [&](std::string_view word) { return claim.ends_with(word); });
}

}  // namespace

bool is_denied(std::string_view text, std::string_view where) {
  if (!is_part(text, where)) return false;
  std::string_view before = cut_end(line_before(text, where), " *_`$\\([{");
  for (const std::string_view box : {"\\boxed", "\\fbox", "\\displaystyle"})
    if (before.ends_with(box)) before = cut_end(before.substr(0, before.size() - box.size()), " *_`$\\([{");
  if (before.empty()) return false;
  if (is_doubted(before)) return true;
  for (const std::string_view link : {"to", "equal", "be"}) before = cut_end(without_last(before, link), " ");
  const bool is_negated =
      std::ranges::any_of(std::to_array<std::string_view>({"not", "cannot", "never"}),
                          [&](std::string_view word) { return without_last(before, word).size() < before.size(); });
  // "twice 46", "negative 3/4": what stands here is not the value that is meant.
  for (const std::string_view word :
       {"minus",      "negative",       "twice",        "thrice",       "double",       "triple",         "half",
        "half of",    "square root of", "cube root of", "square of",    "cube of",      "reciprocal of",  "multiple of",
        "divisor of", "factor of",      "other than",   "anything but", "differs from", "different from", "exceeds",
        "close",      "near",           "hardly",       "lies above",   "lies below",   "negative of",    "opposite of",
        "inverse of", "divisors of",    "factors of",   "multiples of", "no longer",    "neither",        "nicht",
        "niet",       "inte",           "no es",        "n'est pas",    "n’est pas",    "não é",          "non è",
        "nie",        "bukan",          "nem",          "ei ole",       "nu este",      "nije",           "ikke",
        "except",     "rule out",       "exclude",      "excluding",    "unlike",       "reject",         "discard",
        "nie jest"})
    if (without_last(before, word).size() < before.size()) return true;
  // "The answer is at least 63"; but "you need at least 63 socks" may say how many.
  for (const std::string_view bound : {"less than", "more than", "greater than", "fewer than", "at least", "at most",
                                       "over", "under", "above", "below", "up to", "almost", "nearly", ">"}) {
    const bool is_sign = bound == ">" && before.ends_with('>');
    const std::string_view subject =
        cut_end(is_sign ? before.substr(0, before.size() - 1) : without_last(before, bound), " *_`$");
    if (subject.size() < before.size() && without_last(subject, "answer is").size() < subject.size()) return true;
  }
  return is_negated || before.ends_with("n't") || before.ends_with("n’t");
}

namespace {

/// "$36$ + 2", "$36$/5", "36 times 2", "36 squared": the value that stands before is not the one that is meant.
bool goes_on_as_calculation(std::string_view behind) {
  const auto is_value = [](std::string_view rest) {
    rest = skip(rest, " ");
    return !rest.empty() && (is_digit(rest[0]) || rest[0] == '$' || rest[0] == '\\');
  };
  for (const std::string_view word : {"squared", "cubed", "factorial", "thousand", "million", "billion", "trillion"})
    if (starts_with_word(behind, word)) return true;
  for (const std::string_view words : {"percent of", "% of", "\\% of", "and a half", "and a third", "and a quarter",
                                       "times as", "times the", "more than", "less than"})
    if (starts_with_ignoring_case(behind, words)) return true;
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
  return false;
}

}  // namespace

namespace {

/// ". Wait, no, it is 41", "; it should be 41", ", which is wrong", ", but it is 41", ", but they are mistaken".
bool is_taken_back(std::string_view behind) {
  if (behind[0] == '.' || behind[0] == '?') {
    const std::string_view next = skip(behind, ".? ");
    for (const std::string_view words : {"wait, no", "wait, that", "actually, it", "actually, no", "no, it", "no, that",
                                         "no, the", "wrong.", "wrong!"})
      if (starts_with_ignoring_case(next, words)) return true;
    return false;
  }
  if (behind[0] != ',' && behind[0] != ';') return false;
  const std::string_view next = skip(behind, ",; ");
  for (const std::string_view words :
       {"which is wrong", "which is incorrect", "which is false", "which is impossible", "it should be", "but it is",
        "but it's", "but they are mistaken", "but this is wrong", "but that is wrong", "but this is incorrect",
        "but that is incorrect"})
    if (starts_with_ignoring_case(next, words)) return true;
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
  for (const std::string_view ordinal : {"th ", "st ", "nd ", "rd "})  // the 40th prime
    if (behind.starts_with(ordinal) && behind.size() > 3 && is_letter(behind[3])) return true;
  behind = skip(behind, " *_`$\\)]}");
  if (behind.empty()) return false;
  if (!is_boxed && goes_on_as_calculation(behind)) return true;
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
  if (behind[0] == '?' && starts_with_word(skip(behind, "? "), "no")) return true;          // "86? No, it is 89."
  if (starts_with_word(behind, "if") && behind.find(", but ") != behind.npos) return true;  // "66 if …, but it is 68"
  for (const std::string_view words :
       {"is wrong", "is incorrect", "is false", "is too ", "does not work", "doesn't work", "fails", "is rejected",
        "is extraneous", "is excluded", "is ruled out", "is invalid", "would be wrong", "would be incorrect",
        "cannot be", "can't be", "is impossible"})
    if (starts_with_ignoring_case(behind, words)) return true;
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
