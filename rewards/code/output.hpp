// Compares what a program printed with what it should have printed.
#pragma once

#include <string_view>

#include "cohort/rewards/code.hpp"

namespace cohort::rewards {

/// Bytes decide: digits are ASCII, and a NUL or another control character is never a blank. Linear.
/// With a tolerance, a word that is expected to be a decimal number but no integer may be one that is near to it.
bool equal_output(std::string_view expected, std::string_view got, OutputComparison comparison, double tolerance);

}  // namespace cohort::rewards
