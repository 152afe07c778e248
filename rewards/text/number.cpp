#include "rewards/text/number.hpp"

#include <algorithm>

#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

constexpr uint32_t base = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void drop_leading_zeros(Natural& value) {
  while (!value.empty() && value.back() == 0) value.pop_back();
}

Natural natural_from_digits(std::string_view digits) {
  Natural value;
  while (!digits.empty()) {
    const size_t size = std::min<size_t>(9, digits.size());
    uint32_t limb = 0;
    for (const char c : digits.substr(digits.size() - size)) limb = limb * 10 + static_cast<uint32_t>(c - '0');
    value.push_back(limb);
    digits.remove_suffix(size);
  }
  drop_leading_zeros(value);
  return value;
}

Natural multiply(const Natural& left, const Natural& right) {
  Natural product(left.size() + right.size(), 0);
  for (size_t i = 0; i < left.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < right.size() || carry > 0; ++j) {
      const uint64_t factor = j < right.size() ? right[j] : 0;
      const uint64_t sum = product[i + j] + uint64_t{left[i]} * factor + carry;
      product[i + j] = static_cast<uint32_t>(sum % base);
      carry = sum / base;
    }
  }
  drop_leading_zeros(product);
  return product;
}

Natural add(const Natural& left, const Natural& right) {
  Natural sum(std::max(left.size(), right.size()) + 1, 0);
  uint32_t carry = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    const uint32_t limb = (i < left.size() ? left[i] : 0) + (i < right.size() ? right[i] : 0) + carry;
    sum[i] = limb % base;
    carry = limb / base;
  }
  drop_leading_zeros(sum);
  return sum;
}

/// Divides by 10 as often as possible and returns how often.
int64_t strip_tens(Natural& value) {
  int64_t stripped = 0;
  const size_t zero_limbs = static_cast<size_t>(
      std::find_if(value.begin(), value.end(), [](uint32_t limb) { return limb != 0; }) - value.begin());
  value.erase(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(zero_limbs));
  stripped += static_cast<int64_t>(zero_limbs) * 9;
  while (!value.empty() && value[0] % 10 == 0) {
    uint64_t remainder = 0;
    for (size_t i = value.size(); i-- > 0;) {
      const uint64_t limb = remainder * base + value[i];
      value[i] = static_cast<uint32_t>(limb / 10);
      remainder = limb % 10;
    }
    drop_leading_zeros(value);
    ++stripped;
  }
  return stripped;
}

/// Reads from the front of a text; every take_… moves on only if it found something.
struct Reader {
  std::string_view rest;

  bool take(std::string_view what) {
    if (!rest.starts_with(what)) return false;
    rest.remove_prefix(what.size());
    return true;
  }
  void skip_blanks() {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
  }
  std::string_view take_digits() {
    const size_t size = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const std::string_view digits = rest.substr(0, size);
    rest.remove_prefix(size);
    return digits;
  }

  /// 1234, 1,234,567, 12.5, .5, 5. (the dot is left unless a digit follows)
  std::optional<Number> take_decimal() {
    const Reader start = *this;
    std::string digits(take_digits());
    const auto has_group = [&] {
      return rest.size() >= 4 && rest[0] == ',' && is_digit(rest[1]) && is_digit(rest[2]) && is_digit(rest[3]) &&
             (rest.size() == 4 || !is_digit(rest[4]));
    };
    if (!digits.empty() && digits.size() <= 3)
      while (has_group()) {
        digits += rest.substr(1, 3);
        rest.remove_prefix(4);
      }
    Number number;
    if (rest.size() >= 2 && rest[0] == '.' && is_digit(rest[1])) {
      rest.remove_prefix(1);
      const std::string_view decimals = take_digits();
      digits += decimals;
      number.exponent = -static_cast<int64_t>(decimals.size());
    }
    if (digits.empty()) {
      *this = start;
      return std::nullopt;
    }
    number.numerator = natural_from_digits(digits);
    return number;
  }

  /// The exponent of 1e5, or of × 10^5 and its LaTeX spellings.
  std::optional<int64_t> take_exponent() {
    const Reader start = *this;
    bool braced = false;
    if (!take("e") && !take("E")) {
      skip_blanks();
      if (!take("\\times") && !take("\\cdot") && !take("*") && !take("x")) return *this = start, std::nullopt;
      skip_blanks();
      if (!take("10^")) return *this = start, std::nullopt;
      braced = take("{");
    }
    const bool is_negative = take("-");
    if (!is_negative) take("+");
    const std::string_view digits = take_digits();
    if (digits.empty() || digits.size() > 15 || (braced && !take("}"))) return *this = start, std::nullopt;
    int64_t exponent = 0;
    for (const char c : digits) exponent = exponent * 10 + (c - '0');
    return is_negative ? -exponent : exponent;
  }

  /// \frac{a}{b}, \frac12, \frac{1}2 with decimals for a and b.
  std::optional<Number> take_latex_fraction() {
    const Reader start = *this;
    if (!take("\\frac") && !take("\\dfrac") && !take("\\tfrac")) return std::nullopt;
    const auto take_part = [&]() -> std::optional<Number> {
      skip_blanks();
      if (take("{")) {
        skip_blanks();
        const bool is_negative = take("-");
        auto part = take_decimal();
        skip_blanks();
        if (!part || !take("}")) return std::nullopt;
        part->is_negative = is_negative;
        return part;
      }
      if (rest.empty() || !is_digit(rest[0])) return std::nullopt;
      Number part;
      part.numerator = natural_from_digits(rest.substr(0, 1));
      rest.remove_prefix(1);
      return part;
    };
    const auto above = take_part();
    const auto below = above ? take_part() : std::nullopt;
    if (!below || below->numerator.empty()) return *this = start, std::nullopt;
    return divide(*above, *below);
  }

  static Number divide(const Number& above, const Number& below) {
    return {.is_negative = above.is_negative != below.is_negative,
            .numerator = above.numerator,
            .denominator = below.numerator,
            .exponent = above.exponent - below.exponent};
  }

  /// An integer and a proper fraction: 1\frac{1}{2}, 1 1/2. Both are positive here; the sign is the caller's.
  static Number add_fraction(const Number& whole, const Number& fraction) {
    Number sum = fraction;
    sum.numerator = add(multiply(whole.numerator, fraction.denominator), fraction.numerator);
    return sum;
  }

  std::optional<Number> take_unsigned() {
    if (const auto fraction = take_latex_fraction()) return fraction;
    auto number = take_decimal();
    if (!number) return std::nullopt;
    const bool is_integer = number->exponent == 0;
    const Reader after_decimal = *this;

    skip_blanks();
    if (is_integer)
      if (const auto fraction = take_latex_fraction(); fraction && !fraction->is_negative && fraction->exponent == 0)
        return add_fraction(*number, *fraction);
    *this = after_decimal;
    if (is_integer && take(" ")) {
      skip_blanks();
      const auto above = take_decimal();
      if (above && above->exponent == 0 && take("/"))
        if (const auto below = take_decimal(); below && below->exponent == 0 && !below->numerator.empty())
          return add_fraction(*number, divide(*above, *below));
    }
    *this = after_decimal;
    skip_blanks();
    if (take("/")) {
      skip_blanks();
      if (const auto below = take_decimal(); below && !below->numerator.empty()) return divide(*number, *below);
    }
    *this = after_decimal;
    if (const auto exponent = take_exponent()) number->exponent += *exponent;
    return number;
  }

  void take_currency() {
    for (const std::string_view sign : {"\\$", "$", "€", "£", "¥"})
      if (take(sign)) return;
  }

  std::optional<Number> take_number() {
    const Reader start = *this;
    take_currency();
    bool is_negative = take("-") || take("−");
    if (!is_negative) take("+");
    skip_blanks();
    take_currency();
    auto number = take_unsigned();
    if (!number) return *this = start, std::nullopt;
    number->is_negative = is_negative != number->is_negative;
    const Reader after_number = *this;
    skip_blanks();
    number->is_percent = take("\\%") || take("%");
    if (!number->is_percent) *this = after_number;
    return number;
  }

  /// "dollars", "cm^2", "miles per hour": words that cannot change a value.
  bool take_unit() {
    constexpr std::string_view one_letter_units = "gmshlLKAVWNJC";
    for (int word = 0; word < 4; ++word) {
      skip_blanks();
      const size_t size = static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), is_letter) - rest.begin());
      const std::string_view letters = rest.substr(0, size);
      if (letters.empty()) break;
      for (const std::string_view joint : {"or", "and", "to", "pi", "if", "times", "million", "billion", "thousand",
                                           "hundred", "trillion", "dozen", "plus", "minus", "over", "mod", "ln", "log"})
        if (letters == joint) return false;
      if (size == 1 && one_letter_units.find(letters[0]) == letters.npos) return false;
      rest.remove_prefix(size);
      if (take("^2") || take("^3") || take("^{2}") || take("^{3}") || take("²") || take("³")) continue;
      take("/");
    }
    skip_blanks();
    take(".");
    return rest.empty();
  }
};

}  // namespace

bool equal_values(const Number& left, const Number& right) {
  if (left.numerator.empty() || right.numerator.empty()) return left.numerator.empty() && right.numerator.empty();
  if (left.is_negative != right.is_negative) return false;
  Natural left_product = multiply(left.numerator, right.denominator);
  Natural right_product = multiply(right.numerator, left.denominator);
  const int64_t left_exponent = left.exponent + strip_tens(left_product) - (left.is_percent ? 2 : 0);
  const int64_t right_exponent = right.exponent + strip_tens(right_product) - (right.is_percent ? 2 : 0);
  return left_exponent == right_exponent && left_product == right_product;
}

bool same_number(Number left, Number right) {
  if (equal_values(left, right)) return true;
  if (left.is_percent == right.is_percent) return false;
  left.is_percent = right.is_percent = false;
  return equal_values(left, right);
}

size_t number_length(std::string_view text) {
  // Cheap refusal first: this is asked at every byte of a completion.
  if (text.empty()) return 0;
  if (!is_digit(text[0])) {
    if (std::string_view("-+$.\\\xe2\xc2").find(text[0]) == std::string_view::npos || text.size() < 2) return 0;
    if (text[0] == '\\' && std::string_view("fdt$").find(text[1]) == std::string_view::npos) return 0;
    if (text[0] == '.' && !is_digit(text[1])) return 0;
  }
  Reader reader{text.substr(0, max_answer_bytes)};
  if (!reader.take_number()) return 0;
  return std::min(text.size(), max_answer_bytes) - reader.rest.size();
}

std::optional<Number> read_number(std::string_view text) {
  if (text.size() > max_answer_bytes) return std::nullopt;
  Reader reader{trim(text)};
  const auto number = reader.take_number();
  if (!number || !reader.take_unit()) return std::nullopt;
  return number;
}

}  // namespace cohort::rewards
