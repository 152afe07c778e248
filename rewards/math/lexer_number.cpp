#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "rewards/math/characters.hpp"
#include "rewards/math/lexer.hpp"
#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {

namespace {

constexpr size_t longest_exponent = 9;  // digits: the value fits 32 bits

}  // namespace

// What stands between two groups of digits at `at`.
Lexer::Separator Lexer::separator(size_t at) const {
  using enum decltype(Separator::kind);
  const char first = char_at(at), second = char_at(at + 1);
  if (!is_one_of(first, "\\{ ,~_'")) return {};  // mostly
  if (first == ',' && second != '\\') return {1, comma};
  if (first == ' ' && second != '{') return {1, blank};
  static constexpr auto firm_ones = std::to_array<std::string_view>(
      {"\\!{,}\\!",      "\\!{,}",    "{,}\\!",  "{,}\\,", "{,\\!}", "{\\!,}", "\\mathord{,}",
       "\\mathpunct{,}", "\\text{,}", ",\\!\\!", "{,}",    "{, }",   " {,}",   " {, }",
       "\\!,\\!",        ",\\! ",     ",\\!",    ",\\,",   "{\\,}",  "{\\ }",  "{ }",
       "\\!,",           "\\,",       "\\!",     "\\;",    "\\:",    "\\ ",    "~",
       "\\thinspace ",   "_",         "'"});
  for (const std::string_view firm_one : firm_ones)
    if (starts(at, firm_one)) return {firm_one.size(), firm};
  if (starts(at, ",")) return {1, comma};
  if (starts(at, " ")) return {1, blank};
  return {};
}

// 1,234,567: the groups behind the first, which ends at `at`. Where they end; `digits` grows.
size_t Lexer::grouped_digits(size_t at, std::string& digits) {
  if (digits.size() > 3 || digits[0] == '0') return at;
  const bool follows_comma = at_ > 1 && text_[at_ - 1] == ',' && is_digit(text_[at_ - 2]);
  const Separator first = separator(at);
  if (first.kind == Separator::none) return at;
  size_t end = at;
  const size_t num_digits = digits.size();
  while (end < text_.size()) {
    const Separator next = separator(end);
    if (next.kind != first.kind) break;
    const size_t begin = end + next.length;
    if (digits_end(begin) != begin + 3) break;
    digits += text_.substr(begin, 3);
    end = begin + 3;
  }
  if (end == at) return at;
  bool has_zeros = false;  // 350,000 is no list: 000 is no number
  for (size_t i = num_digits; i < digits.size(); i += 3) has_zeros = has_zeros || digits[i] == '0';
  const bool is_list =
      first.kind == Separator::comma && (follows_comma || (char_at(end) == ',' && is_digit(char_at(end + 1))));
  const bool is_mixed = first.kind == Separator::blank && (char_at(end) == '/' || char_at(end) == '_');
  // (12,102) is a point or an interval.
  const size_t before = text_.find_last_not_of("- ", at_ == 0 ? 0 : at_ - 1);
  const bool is_pair = first.kind == Separator::comma && at_ > 0 && before != text_.npos &&
                       (text_[before] == '(' || text_[before] == '[') &&
                       (char_at(end) == ')' || char_at(end) == ']' || starts(end, "\\right"));
  const bool is_list_or_number =
      first.kind == Separator::comma && !is_list && !is_pair && (!has_zeros || reading_.decimal_comma);
  doubt_.comma_groups = doubt_.comma_groups || is_list_or_number;
  if (is_list || is_pair || is_mixed || (is_list_or_number && (!reading_.comma_groups || reading_.decimal_comma))) {
    digits.resize(num_digits);
    return at;
  }
  return end;
}

// 12,34,567, as India groups: the groups behind the first, which ends at `at`. Where they end.
size_t Lexer::lakh_groups(size_t at, std::string& digits) {
  const bool follows_comma = at_ > 1 && text_[at_ - 1] == ',' && is_digit(text_[at_ - 2]);
  if (digits.size() > 2 || digits[0] == '0' || follows_comma) return at;
  size_t end = at;
  while (char_at(end) == ',' && digits_end(end + 1) == end + 3) end += 3;
  const bool is_grouped = end > at && char_at(end) == ',' && digits_end(end + 1) == end + 4;
  if (!is_grouped || (char_at(end + 4) == ',' && is_digit(char_at(end + 5)))) return at;
  doubt_.lakhs = true;
  if (!reading_.lakhs) return at;
  for (size_t i = at; i < end; i += 3) digits += text_.substr(i + 1, 2);
  digits += text_.substr(end + 1, 3);
  return end + 4;
}

// 1.234.567 or, with a decimal comma, 1.234,5
size_t Lexer::dotted_groups(size_t at, std::string& digits) const {
  if (digits.size() > 3 || digits[0] == '0') return at;
  size_t end = at, num_groups = 0;
  while (char_at(end) == '.' && digits_end(end + 1) == end + 4) end += 4, ++num_groups;
  const bool has_comma = reading_.decimal_comma && char_at(end) == ',' && is_digit(char_at(end + 1));
  if (num_groups < (has_comma ? 1u : 2u) || (char_at(end) == '.' && is_digit(char_at(end + 1)))) return at;
  for (size_t i = at; i < end; i += 4) digits += text_.substr(i + 1, 3);
  return end;
}

// 0.1\overline{6}, 0.\dot{1}4\dot{7}, 0.(3): the part that repeats, behind a decimal part that ends at `at`.
size_t Lexer::repetend(size_t at, std::string_view before, std::string& period) {
  size_t begin = blanks_end(at);
  for (const std::string_view space : {"\\,", "\\!", "{}"})
    if (starts(begin, space) && starts(begin + space.size(), "\\")) begin += space.size();
  const auto group = [&](size_t from, std::string& into) -> size_t {  // {123} or 1; where it ends, 0 where it is none
    from = blanks_end(from);
    size_t num_groups = char_at(from) == '{' ? 1 : 0;
    from += num_groups;
    for (const std::string_view wrapper : {"{", "\\text{", "\\mathrm{"})
      if (num_groups == 1 && starts(from, wrapper)) from += wrapper.size(), ++num_groups;
    const size_t end = num_groups > 0 ? digits_end(from) : std::min(digits_end(from), from + 1);
    if (end == from) return 0;
    for (size_t i = 0; i < num_groups; ++i)
      if (char_at(end + i) != '}') return 0;
    into += text_.substr(from, end - from);
    return end + num_groups;
  };
  for (const std::string_view bar : {"\\overline", "\\bar"})
    if (starts(begin, bar)) return group(begin + bar.size(), period);
  if (starts(begin, "\\dot") && !starts(begin, "\\dots")) {
    const size_t first = group(begin + 4, period);
    if (first == 0) return 0;
    const size_t middle = digits_end(first);
    if (!starts(middle, "\\dot") || starts(middle, "\\dots")) return first;
    period += text_.substr(first, middle - first);
    return group(middle + 4, period);
  }
  if (char_at(at) == '(') {
    const size_t end = digits_end(at + 1);
    if (end == at + 1 || char_at(end) != ')' || char_at(end + 1) == '^' || char_at(end + 1) == '_') return 0;
    if (before.back() != '.' && !before.starts_with("0.")) {
      doubt_.repetend = true;
      if (!reading_.repetend) return 0;
    }
    period = text_.substr(at + 1, end - at - 1);
    return end + 1;
  }
  return 0;
}

// e-5 or *^-5 behind a number
bool Lexer::exponent(int32_t& value) {
  const bool is_starred = starts(at_, "*^");
  if (peek() != 'e' && peek() != 'E' && !is_starred) return false;
  size_t at = at_ + (is_starred ? 2 : 1);
  const bool has_sign = char_at(at) == '+' || char_at(at) == '-';
  const bool is_negative = char_at(at) == '-';
  if (has_sign) ++at;
  const size_t end = digits_end(at);
  if (end == at) return false;
  if (has_sign && peek() == 'e') {
    doubt_.scientific = true;
    if (!reading_.scientific) return false;
  }
  if (end - at > longest_exponent) {
    problem_ = "exponent too large";
    return false;
  }
  std::from_chars(text_.data() + at, text_.data() + end, value);
  if (is_negative) value = -value;
  at_ = end;
  return true;
}

// 1,22 and 1.000,50 may be written with a decimal comma; -5,0 and (1,2) and x = 1,2 are lists.
bool Lexer::may_be_decimal_comma(size_t at) const {
  if (char_at(at) == '.' && digits_end(at + 1) == at + 4) at += 4;
  const size_t end = digits_end(at + 1);
  if (char_at(at) != ',') return false;
  const std::string_view fraction = text_.substr(at + 1, end - at - 1);
  if (fraction.find_first_not_of('0') == text_.npos) return false;
  // 4,50 is a price; nobody fills up 4,16 to 4,1600.
  if (fraction.size() > 2 && fraction.back() == '0') return false;
  return text_.find(',') == at && text_.find(',', at + 1) == text_.npos &&
         text_.substr(0, at).find_first_of("([{=") == text_.npos && text_.find_first_of("([=", at) == text_.npos;
}

// ^{51}/_{8} at the beginning of a value, a fraction set small.
bool Lexer::raised_fraction() {
  const bool begins = !last() || last()->sign == Sign::relation || last()->sign == Sign::minus ||
                      last()->sign == Sign::comma || (last()->sign == Sign::open && last()->shape != '{');
  const size_t start = at_;
  if (!begins || !starts(start, "^{")) return false;
  const size_t above = start + 2, above_end = digits_end(above);
  constexpr std::string_view between = "}/_{";
  const size_t below = above_end + between.size(), below_end = digits_end(std::min(below, text_.size()));
  if (above_end == above || !starts(above_end, between) || below_end == below || char_at(below_end) != '}')
    return false;
  at_ = below_end + 1;
  emit(Sign::number, text_.substr(above, above_end - above), start);
  emit(Sign::slash, {}, above_end);
  emit(Sign::number, text_.substr(below, below_end - below), below);
  return true;
}

void Lexer::number() {
  const size_t start = at_;
  if (numeral(start)) return;
  size_t end = digits_end(at_);
  std::string digits(text_.substr(at_, end - at_));
  if (digits.empty()) digits = "0";
  if (end > start) {
    const size_t dotted = dotted_groups(end, digits), lakhs = dotted == end ? lakh_groups(end, digits) : end;
    end = dotted != end ? dotted : lakhs != end ? lakhs : grouped_digits(end, digits);
  }
  // 3{,}5 can only be a decimal comma: three digits would have been thousands.
  doubt_.decimal_comma = doubt_.decimal_comma || may_be_decimal_comma(end);
  const size_t comma_length = starts(end, "{,}") ? 3 : reading_.decimal_comma && char_at(end) == ',' ? 1 : 0;
  bool has_point = false;
  if (char_at(end) == '.' && !starts(end, "..")) {
    has_point = true;
    digits += '.';
    const size_t stop = digits_end(end + 1);
    digits += text_.substr(end + 1, stop - end - 1);
    end = stop;
    while (starts(end, "\\,") && digits_end(end + 2) > end + 2) {  // 3.141\,592
      const size_t next = digits_end(end + 2);
      digits += text_.substr(end + 2, next - end - 2);
      end = next;
    }
  } else if (comma_length > 0 && is_digit(char_at(end + comma_length))) {
    has_point = true;
    doubt_.decimal_comma = doubt_.decimal_comma || comma_length == 1;
    digits += '.';
    const size_t stop = digits_end(end + comma_length);
    digits += text_.substr(end + comma_length, stop - end - comma_length);
    end = stop;
  }
  if (has_point) {
    std::string period;
    if (const size_t stop = repetend(end, digits, period); stop != 0) {
      at_ = stop;
      for (const std::string_view dots : {"...", "\\ldots", "\\dots", "\\cdots"}) {  // what goes on, at the end
        const size_t behind = blanks_end(stop) + dots.size();
        if (starts(blanks_end(stop), dots) && blanks_end(behind) >= text_.size()) at_ = text_.size();
      }
      return emit(Sign::repeating, arena_.copy(digits + '|' + period), start);
    }
  }
  at_ = end;
  int32_t power = 0;
  const bool has_exponent = exponent(power);
  if (!problem_.empty()) return;
  // "3." is the integer 3 and a full stop.
  if (has_point && digits.back() == '.' && !has_exponent) digits.pop_back();
  if (has_exponent && !has_point) digits += '.';
  const std::string_view slice = text_.substr(start, digits.size());
  emit(Sign::number, slice == digits ? slice : arena_.copy(digits), start);
  if (problem_.empty()) tokens_[count_ - 1].value = power;
}

}  // namespace cohort::rewards::math
