// A text as a list of words, and what tells two texts of the same words apart.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::rewards::math {

/// Runs of letters and digits, in lower case, without articles. "can't" and "x_1" are one word each. At most 65.
std::vector<std::string> words_of(std::string_view text);

/// Without the s of a plural: "apples" and "apple" are one word here.
std::string stem(const std::string& word);

/// The stems of all, without blanks.
std::string joined(const std::vector<std::string>& words);

/// What tells numbers within words apart, each with the number of digits before it: a minus before a digit, a point and
/// a blank between two, square brackets, and signs of arithmetic. "2.5 km" is not "25 km".
std::string signs_of(std::string_view text);

/// Whether two texts list the same labelled numbers in another order: "3 heads and 2 tails", "2 tails, 3 heads".
bool has_same_parts(std::string_view left, std::string_view right);

/// The same of a minimum and a maximum, whatever joins them to their values: "min = 3, max = 5", "the maximum is 5 and
/// the minimum is 3".
bool has_same_extremes(std::string_view left, std::string_view right);

bool contains(std::span<const std::string_view> list, std::string_view word);

}  // namespace cohort::rewards::math
