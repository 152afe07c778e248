#include "rewards/math/hedging.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "rewards/math/scan.hpp"
#include "rewards/math/sentence.hpp"
#include "rewards/math/spans.hpp"

namespace cohort::rewards::math {
namespace {

constexpr std::string_view doubts[] = {"maybe", "perhaps", "possibly", "probably", "even", "else",
                                       "it",    "may",     "might",    "could",    "be",   "is"};

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

/// The value in another case: the 20 of "18 for even n and 20 for odd n" and "18 unless n is odd, in which case it is
/// 20".
std::optional<std::string_view> other_case(std::string_view behind) {
  const auto is_condition = [](std::string_view text) {
    for (const std::string_view word : {"for", "when", "if", "unless", "in", "otherwise"})
      if (starts_with_word(text, word)) return true;
    return false;
  };
  if (!is_condition(behind)) return std::nullopt;
  for (const std::string_view joint : {"and ", ", ", "it is "}) {
    const size_t place = behind.find(joint);
    if (place == behind.npos) continue;
    const auto span = next_span(behind, place + joint.size(), SpanReach::prose);
    if (!span || span->data() != skip(behind.substr(place + joint.size()), " $").data()) continue;
    const std::string_view rest = behind.substr(static_cast<size_t>(span->data() - behind.data()) + span->size());
    if (joint == "it is " || is_condition(skip(rest, " $"))) return span;
  }
  return std::nullopt;
}

bool is_value(std::optional<std::string_view> span) {
  return span && std::any_of(span->begin(), span->end(), is_digit);
}

/// The value that a word at the front of `behind` joins: "or maybe 6"; empty where "or" joins none.
std::optional<std::string_view> joined_value(std::string_view behind) {
  if (starts_with_word(behind, "or")) {
    constexpr std::string_view marks = " *_`$,(";
    behind = skip(behind.substr(2), marks);
    for (const std::string_view doubt : doubts)
      if (starts_with_word(behind, doubt)) behind = skip(behind.substr(doubt.size()), marks);
    if (const auto span = next_span(behind, 0, SpanReach::prose); is_value(span) && span->data() == behind.data())
      return *span;
    return std::string_view();
  }
  for (const std::string_view word :
       {"oder", "ou",   "oppure", "o bien", "atau", "lub",  "sau",  "eller", "tai", "soit", "hoặc", "ή",    "або",
        "или",  "либо", "หรือ",    "または", "vagy", "veya", "nebo", "או",    "أو",  "या",   "或",   "还是", "또는"}) {
    const bool is_there = is_letter(word.back()) ? starts_with_word(behind, word) : behind.starts_with(word);
    const std::string_view value = is_there ? skip(behind.substr(word.size()), " *_`$,(") : std::string_view();
    if (const auto span = next_span(value, 0, SpanReach::prose); is_value(span) && span->data() == value.data())
      return *span;
  }
  for (const std::string_view joint :
       {"but it might be", "but it may be", "but it could be", "but maybe", "alternatively", "respectively"})
    if (const std::string_view plain = skip(behind, " ;"); starts_with_ignoring_case(plain, joint))
      if (const auto span = next_span(plain, joint.size(), SpanReach::prose); is_value(span)) return *span;
  if (const auto other = other_case(behind); is_value(other)) return *other;
  if (starts_with_word(behind, "if"))  // "89 if you include zero, else 94"
    for (const std::string_view joint : {"else ", "otherwise "})
      if (const size_t place = behind.find(joint); place != behind.npos)
        if (const auto span = next_span(behind, place + joint.size(), SpanReach::prose); is_value(span)) return *span;
  return std::nullopt;
}

}  // namespace

std::string_view alternative(std::string_view text, std::string_view where) {
  if (where.empty() || !is_part(text, where)) return {};
  constexpr std::string_view around = " *_`$?!,()\\[]{}";
  std::string_view behind = line_behind(text, where);
  const bool touches_digit = behind.size() > 1 && behind[0] == ' ' && is_digit(behind[1]) && is_digit(where.back());
  const bool is_listed = behind.starts_with(", ") || behind.starts_with("$, ");
  behind = skip(behind, around);
  if (is_listed && !starts_with_word(behind, "or")) behind = last_of_list(behind);
  const bool may_be_word =
      !behind.empty() && (is_letter(behind[0]) || behind[0] == ';' || static_cast<unsigned char>(behind[0]) >= 0x80);
  if (may_be_word)
    if (const auto other = joined_value(behind)) return *other;
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
