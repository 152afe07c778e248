// Whether a text stands by a value: the words before it, and all that follows.
#pragma once

#include <cstddef>
#include <string_view>

namespace cohort::rewards::math {

/// How clearly the text says that the value is its answer.
enum class Announcement {
  none,    // it only stands there
  stated,  // "the answer is"
  boxed,
};

struct Standing {
  bool is_claimed = true;
  std::string_view other;      // a value that is offered beside it
  size_t withdrawn_until = 0;  // nothing before this place of the text is its answer
  bool is_contrasted = false;  // "5 rather than 6": for the 6, so that what stands before it may be meant
};

/// What the sentence around `where`, a part of `text`, says of it, and the next ones.
Standing standing_of(std::string_view text, std::string_view where, Announcement announcement);

/// Whether a text that could be a value by itself says something of one: "282 is wrong", "98ではない".
bool is_remark_on_value(std::string_view text);

}  // namespace cohort::rewards::math
