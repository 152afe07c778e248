// Compares what a program printed with what it should have printed.
#pragma once

#include <string_view>

#include "cohort/rewards/code.hpp"

namespace cohort::rewards {

/// Bytes decide: digits are ASCII, and a NUL or another control character is never a blank. Linear.
/// With a tolerance, a word that is expected to be a decimal number but no integer may be one that is near to it; with
/// `floats`, so may integers. `unordered` knows no tolerance: which line is meant would be a guess.
bool equal_output(std::string_view expected, std::string_view got, OutputComparison comparison, double tolerance);

/// `given`, or 1e-6 for `floats` where it is 0. Throws Error for `unordered` where it is not.
double tolerance_of(OutputComparison comparison, double given);

}  // namespace cohort::rewards
