// Days of the calendar, which are neither sums nor lists.
#pragma once

#include <string>
#include <string_view>

namespace cohort::rewards::math {

/// "1957-04-26" for "April 26, 1957", "26 Apr 1957", "\text{April 26th, 1957}" and "1957-04-26"; "04-26" without a year
/// and "1957-04" without a day. Empty of every other text, and of days that no month has.
std::string date_of(std::string_view text);

}  // namespace cohort::rewards::math
