// Numerals in other bases than ten.
#include <algorithm>
#include <charconv>
#include <string>

#include "rewards/math/characters.hpp"
#include "rewards/math/lexer.hpp"

namespace cohort::rewards::math {

namespace {

constexpr size_t longest_numeral = 64;  // digits

// Of 0x1F, 0b101 and 0o17; 0 of other letters.
int base_of_prefix(char c) {
  switch (to_lower(c)) {
    case 'x':
      return 16;
    case 'o':
      return 8;
    case 'b':
      return 2;
    default:
      return 0;
  }
}

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  return is_letter(c) ? to_lower(c) - 'a' + 10 : 99;
}

}  // namespace

// The base of an index at `at`, which is an underscore: _5 _{5} _{16} _{(8)} _{\text{five}} _{base 5} _{\text{base }5}.
// 0 where it is none.
int Lexer::base_at(size_t at, size_t& end) const {
  at = blanks_end(at + 1);
  const bool is_group = char_at(at) == '{';
  if (is_group) ++at;
  bool is_text = false;
  for (const std::string_view upright : {"\\text{", "\\mathrm{", "\\textrm{"}) {
    if (!starts(at, upright)) continue;
    is_text = true;
    at += upright.size();
    break;
  }
  if (!is_group) at = blanks_end(at);
  const bool is_bracketed = is_group && char_at(at) == '(';
  if (is_bracketed) ++at;
  at = blanks_end(at);
  size_t word_end = letters_end(at);
  if (text_.substr(at, word_end - at) == "base") {
    at = blanks_end(word_end);
    if (is_text && char_at(at) == '}') {
      is_text = false;
      at = blanks_end(at + 1);
    }
    word_end = letters_end(at);
  }
  int base = 0;
  if (word_end > at) {
    base = std::max(0, number_of_word(text_.substr(at, word_end - at)));
    at = word_end;
  } else {
    const size_t stop = digits_end(at);
    if (stop > at && stop - at <= 2) std::from_chars(text_.data() + at, text_.data() + stop, base);
    at = stop;
  }
  if (is_bracketed && char_at(at++) != ')') return 0;
  for (int closing = is_group + is_text; closing > 0; --closing) {
    at = blanks_end(at);
    if (char_at(at) == '}')
      ++at;
    else if (at < text_.size())
      return 0;
  }
  end = at;
  return base >= 2 && base <= 36 ? base : 0;
}

// The base that words at `at` name: "base 16", "in base 16", "(base 16)", "\\text{ base }16", "in base-16". 0 where
// they name none.
int Lexer::base_in_words(size_t at, size_t& end) const {
  size_t num_closings = 0;
  bool is_bracketed = false;
  at = blanks_end(at);
  for (const std::string_view upright : {"\\text{", "\\mathrm{", "\\textrm{", "\\ "}) {
    if (!starts(at, upright)) continue;
    num_closings = upright.ends_with('{');
    at = blanks_end(at + upright.size());
  }
  if (char_at(at) == '(') {
    is_bracketed = true;
    at = blanks_end(at + 1);
  }
  if (starts(at, "in ")) at = blanks_end(at + 2);
  if (!starts(at, "base") || is_letter(char_at(at + 4))) return 0;
  at += 4;
  if (char_at(at) == '-') ++at;
  const auto close_text = [&] {
    at = blanks_end(at);
    const bool closes = num_closings > 0 && char_at(at) == '}';
    at += closes;
    num_closings -= closes;
  };
  close_text();
  at = blanks_end(at);
  if (char_at(at) == '$') at = blanks_end(at + 1);
  const size_t word_end = letters_end(at), stop = word_end > at ? word_end : digits_end(at);
  int base = 0;
  if (word_end > at)
    base = std::max(0, number_of_word(text_.substr(at, word_end - at)));
  else if (stop > at && stop - at <= 2)
    std::from_chars(text_.data() + at, text_.data() + stop, base);
  at = stop;
  if (is_bracketed && char_at(at++) != ')') return 0;
  close_text();
  end = at;
  return num_closings == 0 && base >= 2 && base <= 36 ? base : 0;
}

// 204_5, 1A_{16}, (204)_5, {204}_5, FF_{16}, 10.01_2, 1101 0110_2, 0x1F, 0b101, 1A base 16
bool Lexer::numeral(size_t start) {
  if (start > 0 && (text_[start - 1] == '^' || text_[start - 1] == '_')) return false;  // x^2_{23}
  if (const int base = text_[start] == '0' ? base_of_prefix(char_at(start + 1)) : 0) {
    size_t stop = start + 2;
    while (stop < text_.size() && digit_value(text_[stop]) < base) ++stop;
    const bool is_cut = base < 16 && stop < text_.size() && (is_digit(text_[stop]) || is_letter(text_[stop]));
    if (stop == start + 2 || is_cut) return false;
    at_ = stop;
    emit(Sign::numeral, text_.substr(start + 2, stop - start - 2), start);
    if (problem_.empty()) tokens_[count_ - 1].value = base;
    return true;
  }
  if (!may_have_base_) return false;
  if (text_[start] == '{') {  // not an argument: \frac{1}{10}_5
    const size_t before = text_.substr(0, start).find_last_not_of(' ');
    const bool is_apart = before == text_.npos || text_.substr(0, before + 1).ends_with("style") ||
                          std::string_view("=<>(),:;$&+-").find(text_[before]) != std::string_view::npos;
    return is_apart && numeral(start, start + 1, '}');
  }
  return text_[start] == '(' ? numeral(start, start + 1, ')') : numeral(start, start, '\0');
}

// Whether four binary digits stand at `at`, and then a blank or what closes the numeral: 0110 of 1101 0110_2.
bool Lexer::is_group_of_bits(size_t at) const {
  size_t end = at;
  while (char_at(end) == '0' || char_at(end) == '1') ++end;
  return end == at + 4 && (char_at(end) == ' ' || char_at(end) == '_' || char_at(end) == ')' || char_at(end) == '}');
}

// The same for digits that begin at `begin`, behind which `closing` stands, if it is anything.
bool Lexer::numeral(size_t start, size_t begin, char closing) {
  size_t stop = begin;
  bool has_digit = false, has_lower = false, has_upper = false, has_point = false, has_groups = false;
  int largest = 0;
  for (; stop < text_.size() && stop - begin < longest_numeral; ++stop) {
    const int value = digit_value(text_[stop]);
    if (text_[stop] == '.' && stop > begin && !has_point && digit_value(char_at(stop + 1)) < 36) {
      has_point = true;
      continue;
    }
    if (text_[stop] == ' ' && largest < 2 && is_group_of_bits(stop + 1)) {
      has_groups = true;
      continue;
    }
    if (value >= 36) break;
    has_digit = has_digit || is_digit(text_[stop]);
    has_lower = has_lower || is_lower(text_[stop]);
    has_upper = has_upper || is_upper(text_[stop]);
    largest = std::max(largest, value);
  }
  if (stop == begin || stop - begin == longest_numeral) return false;
  size_t index = stop, end = 0;
  if (closing != '\0') {
    if (closing == ')' && side_ == 'l' && starts(index, "\\right)")) index += 6;
    if (char_at(index) != closing) return false;
    ++index;
  }
  for (const std::string_view space : {"\\,", "\\!", "{}"})
    if (starts(index, space)) index += space.size();
  if (starts(index, " _")) ++index;
  const bool has_words = char_at(index) != '_';
  const int base = has_words ? base_in_words(index, end) : base_at(index, end);
  if (base == 0 || largest >= base) return false;
  // x_2 is a variable, and so are 2a_{12} and AB_{12}.
  const bool is_upright = has_upper && !has_lower && !has_words && stop - begin > 1;
  const bool is_whole = start == 0 && end == text_.size() && stop - begin > 2;
  const bool is_of_letters = is_upright && base > 10 && (closing != '\0' || is_whole);  // (AB)_{12}, ABB_{12}
  if ((has_lower || (!has_digit && !is_of_letters)) && base != 16) return false;
  if (has_words && !has_digit && has_lower) return false;
  if (has_lower && (has_upper || stop - begin < 2 || closing == '\0') && !(has_digit && stop - begin > 2)) return false;
  if (!has_digit && stop - begin < 2) return false;
  if (has_groups && base != 2) return false;
  std::string_view digits = text_.substr(begin, stop - begin);
  if (has_groups) {
    std::string joined(digits);
    std::erase(joined, ' ');
    digits = arena_.copy(joined);
  }
  at_ = end;
  emit(Sign::numeral, digits, start);
  if (problem_.empty()) tokens_[count_ - 1].value = base;
  return true;
}

}  // namespace cohort::rewards::math
