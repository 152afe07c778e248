// What belongs to a span of running text beside it: a unit, half of the day, the digits whose base it is.
#include "rewards/math/scan.hpp"
#include "rewards/math/sentence.hpp"
#include "rewards/math/spans.hpp"
#include "rewards/math/unit.hpp"

namespace cohort::rewards::math {
namespace {

size_t digits_at(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end;
}

/// Bytes of a time with its half of the day in front: 2:43 p.m., 9:05AM. 0 where there is none.
size_t clock_at(std::string_view text) {
  const size_t begin = text.size() - skip(text, " ").size();
  size_t end = begin + digits_at(text.substr(begin));
  if (end == begin || end > begin + 2) return 0;
  for (int part = 0; part < 2 && end < text.size() && text[end] == ':'; ++part) {
    if (digits_at(text.substr(end + 1)) != 2) return 0;
    end += 3;
  }
  if (end < begin + 4) return 0;
  while (end < text.size() && text[end] == ' ') ++end;
  const std::string_view half = text.substr(end, 4);
  for (const std::string_view mark : {"a.m.", "p.m.", "a.m", "p.m", "am", "pm"}) {
    if (!starts_with_ignoring_case(half, mark)) continue;
    end += mark.size();
    return end < text.size() && is_letter(text[end]) ? 0 : end;
  }
  return 0;
}

}  // namespace

std::string_view with_unit(std::string_view text, std::string_view span) {
  const size_t begin = static_cast<size_t>(span.data() - text.data());
  const size_t end = begin + span.size();
  if (const size_t clock = clock_at(text.substr(begin)); clock > span.size()) return text.substr(begin, clock);
  size_t at = end;
  while (at < text.size() && text[at] == ' ' && at - end < 3) ++at;
  const size_t word = word_at(text.substr(at));
  if (word == 0 || (unit_symbol(text.substr(at, word)).empty() && !is_scale(text.substr(at, word)))) return span;
  size_t unit_end = at + word;
  while (unit_end < text.size() && (is_letter(text[unit_end]) || text[unit_end] == '/' || text[unit_end] == '^' ||
                                    (is_digit(text[unit_end]) && text[unit_end - 1] == '^')))
    ++unit_end;
  return text.substr(begin, unit_end - begin);
}

std::string_view unit_behind(std::string_view text, std::string_view where) {
  if (!is_part(text, where)) return {};
  constexpr size_t most_marks = 8;  // "}$**"
  const auto end = static_cast<size_t>(where.data() - text.data()) + where.size();
  const std::string_view behind = text.substr(end);
  const size_t marks = behind.size() - skip(behind, "$*} ").size();
  const bool is_set_apart =
      marks > 1 || where.ends_with('$') || where.ends_with("\\)");  // "44 grams" is read as a whole
  if (!is_set_apart || marks > most_marks) return {};
  const std::string_view rest = behind.substr(marks);
  const size_t size = word_at(rest);
  const std::string_view unit = rest.substr(0, size), after = rest.substr(size);
  const bool is_time = where.find(':') != where.npos;
  if (is_time && (unit == "AM" || unit == "PM" || unit == "am" || unit == "pm")) return unit;
  if (unit_symbol(unit).empty() || unit == "a" || unit == "A") return {};
  if (unit == "in" && !skip(after, " ").empty() && is_letter(skip(after, " ")[0])) return {};  // "in total"
  const std::string_view next = skip(after, " ");
  for (const std::string_view power : {"$^", "^", "/", "²", "³", "squared", "cubed", "per", "\\", "-"})
    if (next.starts_with(power) || starts_with_word(next, power)) return {};
  if (size == 1 && !next.empty() && std::string_view("=<>+(").find(next[0]) != std::string_view::npos) return {};
  return unit;
}

bool is_plain_number(std::string_view text) {
  bool has_digit = false;
  for (size_t i = 0; i < text.size();) {
    has_digit = has_digit || is_digit(text[i]);
    if (text[i] == '\\') {
      const size_t size = word_at(text.substr(i + 1));
      const std::string_view name = text.substr(i + 1, size);
      if (name != "frac" && name != "dfrac" && name != "tfrac" && name != "sqrt" && name != "pi") return false;
      i += 1 + size;
    } else if (is_digit(text[i]) || (text[i] == ' ' && i > 0 && text[i - 1] == ':') ||
               std::string_view(".,{}-/:").find(text[i]) != std::string_view::npos) {
      ++i;
    } else {
      return false;
    }
  }
  return has_digit;
}

bool is_scale(std::string_view word) {
  for (const std::string_view scale : {"hundred", "thousand", "million", "billion", "trillion", "dozen"})
    if (starts_with_ignoring_case(word, scale)) return true;
  return false;
}

std::string_view with_numeral(std::string_view text, std::string_view span) {
  const std::string_view base = skip(span, " -");  // in base-16
  if (base.empty() || base.size() > 2 || digits_at(base) != base.size()) return span;
  std::string_view before = cut_end(text.substr(0, static_cast<size_t>(span.data() - text.data())), " ");
  if (before.ends_with("base-")) before.remove_suffix(1);
  if (!before.ends_with(" base") && !before.ends_with("(base")) return span;
  before.remove_suffix(4);
  const bool is_bracketed = before.ends_with('(');
  if (is_bracketed) before.remove_suffix(1);
  before = cut_end(before, " ");
  if (before.ends_with(" in")) before = cut_end(before.substr(0, before.size() - 2), " ");
  const auto is_figure = [](char c) { return is_digit(c) || is_upper(c); };
  size_t begin = before.size();
  while (begin > 0 && is_figure(before[begin - 1])) --begin;
  const bool is_letter_alone = before.size() - begin == 1 && is_upper(before[begin]);
  if (begin == before.size() || is_letter_alone) return span;
  if (begin > 1 && before[begin - 1] == '.' && is_digit(before[begin - 2])) --begin;  // 0.1154 (base 6)
  while (begin > 0 && is_figure(before[begin - 1])) --begin;
  size_t end = static_cast<size_t>(base.data() - text.data()) + base.size();
  if (is_bracketed && end < text.size() && text[end] == ')') ++end;
  return text.substr(begin, end - begin);
}

}  // namespace cohort::rewards::math
