#include "rewards/math/hedging.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "rewards/math/scan.hpp"
#include "rewards/math/spans.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_distance = 60;  // bytes between two values that are offered together
constexpr std::string_view doubts[] = {"maybe", "perhaps", "possibly", "probably", "even", "else",
                                       "it",    "may",     "might",    "could",    "be",   "is"};

bool is_part(std::string_view text, std::string_view where) {
  return where.data() >= text.data() && where.data() + where.size() <= text.data() + text.size();
}

/// The line before `where` and the line behind it, up to a few words.
std::string_view line_before(std::string_view text, std::string_view where) {
  const size_t begin = static_cast<size_t>(where.data() - text.data());
  const std::string_view near =
      text.substr(begin < max_distance ? 0 : begin - max_distance, std::min(begin, max_distance));
  return near.substr(near.rfind('\n') + 1);
}
std::string_view line_behind(std::string_view text, std::string_view where) {
  const std::string_view near =
      text.substr(static_cast<size_t>(where.data() - text.data()) + where.size()).substr(0, max_distance);
  return near.substr(0, near.find('\n'));
}

/// `text` without the word at its end; as it is where another one stands there.
std::string_view without_last(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return text;
  const size_t begin = text.size() - word.size();
  const bool is_there =
      starts_with_ignoring_case(text.substr(begin), word) && (begin == 0 || !is_letter(text[begin - 1]));
  return is_there ? text.substr(0, begin) : text;
}

/// The "or 773" of "150, 160 or 773", which goes on with values that were listed; as it is where there is none.
std::string_view last_of_list(std::string_view behind) {
  constexpr int most_values = 8;
  std::string_view rest = behind;
  for (int i = 0; i < most_values; ++i) {
    const auto span = next_span(rest, 0, SpanReach::prose);
    if (!span || span->data() != rest.data()) break;
    rest = skip(rest.substr(span->size()), " ,$");
    if (starts_with_word(rest, "or")) return rest;
  }
  return behind;
}

}  // namespace

namespace {

/// "If the answer is", "I doubt that the answer is", "less than", "не", "不是": what comes next is not claimed.
bool is_doubted(std::string_view before) {
  for (const std::string_view negation : {" не", "不是", "不为", "并非", "不等于"})
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
  if (is_taken_back(behind)) return true;
  if (behind[0] == '?' && starts_with_word(skip(behind, "? "), "no")) return true;          // "86? No, it is 89."
  if (starts_with_word(behind, "if") && behind.find(", but ") != behind.npos) return true;  // "66 if …, but it is 68"
  for (const std::string_view words : {"is wrong", "is incorrect", "is false", "is too ", "would be wrong",
                                       "would be incorrect", "cannot be", "can't be", "is impossible"})
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

std::string_view alternative(std::string_view text, std::string_view where) {
  if (where.empty() || !is_part(text, where)) return {};
  const auto is_value = [](std::optional<std::string_view> span) {
    return span && std::any_of(span->begin(), span->end(), is_digit);
  };
  constexpr std::string_view around = " *_`$?!,()\\[]{}";
  std::string_view behind = line_behind(text, where);
  const bool touches_digit = behind.size() > 1 && behind[0] == ' ' && is_digit(behind[1]) && is_digit(where.back());
  const bool is_listed = behind.starts_with(", ") || behind.starts_with("$, ");
  behind = skip(behind, around);
  if (is_listed && !starts_with_word(behind, "or")) behind = last_of_list(behind);
  if (starts_with_word(behind, "or")) {
    constexpr std::string_view marks = " *_`$,(";
    behind = skip(behind.substr(2), marks);
    for (const std::string_view doubt : doubts)
      if (starts_with_word(behind, doubt)) behind = skip(behind.substr(doubt.size()), marks);
    if (const auto span = next_span(behind, 0, SpanReach::prose); is_value(span) && span->data() == behind.data())
      return *span;
    return {};
  }
  for (const std::string_view joint :
       {"but it might be", "but it may be", "but it could be", "but maybe", "alternatively", "respectively"})
    if (const std::string_view plain = skip(behind, " ;"); starts_with_ignoring_case(plain, joint))
      if (const auto span = next_span(plain, joint.size(), SpanReach::prose); is_value(span)) return *span;
  if (starts_with_word(behind, "if"))  // "89 if you include zero, else 94"
    for (const std::string_view joint : {"else ", "otherwise "})
      if (const size_t place = behind.find(joint); place != behind.npos)
        if (const auto span = next_span(behind, place + joint.size(), SpanReach::prose); is_value(span)) return *span;
  if (touches_digit)
    if (const auto span = next_span(behind, 0, SpanReach::prose); is_value(span)) return *span;
  std::string_view before = cut_end(line_before(text, where), around);
  // "between 13 and 373"
  if (const std::string_view low = cut_end(without_last(before, "and"), around);
      low.size() < before.size() && !low.empty() && is_digit(low.back()))
    if (const auto span = last_span(low); is_value(span)) {
      const std::string_view lead = low.substr(0, static_cast<size_t>(span->data() - low.data()));
      if (without_last(cut_end(lead, around), "between").size() < cut_end(lead, around).size()) return *span;
    }
  for (const std::string_view doubt : doubts) before = cut_end(without_last(before, doubt), around);
  const std::string_view rest = without_last(before, "or");
  if (rest.size() == before.size()) return {};
  const std::string_view end = cut_end(rest, around);
  if (end.empty() || !is_digit(end.back())) return {};
  const auto span = last_span(end);
  return is_value(span) ? *span : std::string_view();
}

}  // namespace cohort::rewards::math
