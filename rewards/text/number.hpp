// Numbers as people and models write them, read exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::rewards {

/// No answer is longer: what is, is not read. Keeps the quadratic product of long integers below a millisecond.
constexpr size_t max_answer_bytes = 2000;

/// A natural number in base 10⁹, lowest limb first, no zero limb at the end.
using Natural = std::vector<uint32_t>;

/// ± numerator / denominator · 10^exponent, exactly as written. The denominator is not zero.
struct Number {
  bool is_negative = false;
  Natural numerator;
  Natural denominator = {1};
  int64_t exponent = 0;
  bool is_percent = false;  // followed by a percent sign, which is not divided out
};

/// Equal in value; a percent sign counts as · 10⁻².
bool equal_values(const Number& left, const Number& right);

/// The same, but a percent sign on one side only may also be left out, as in "what percent …? 50".
bool same_number(Number left, Number right);

/// Bytes of the number at the front of `text`, sign, currency and percent sign included; 0 if there is none.
size_t number_length(std::string_view text);

/// The number that `text` consists of: 1,234.50  -3/4  \frac{3}{4}  1\frac12  2 1/2  .5  6.02e23  3 \times 10^{-4}  $5
/// 50%  "18 dollars" (words after a number are its unit). Nothing if anything else is there. Expects clean_latex(text).
std::optional<Number> read_number(std::string_view text);

}  // namespace cohort::rewards
