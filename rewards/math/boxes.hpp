// \boxed{…} and \fbox{…}: the place where a model was asked to put its answer.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace cohort::rewards::math {

struct Boxes {
  std::string_view where;                  // from the first \boxed to the last brace
  std::vector<std::string_view> contents;  // of the last box and of those that stand with it, in order
  bool is_flood = false;                   // so many boxes with different contents that none is an answer
};

/// The last complete box, and those before it that belong to one list: hardly anything stands between (\boxed{1},
/// \boxed{2}) or only "and", "or" and names (x = \boxed{1} or y = \boxed{2}). Boxes of one text are one. Without a
/// complete box: the last one that is not closed, to the end of the text; then \boxed 5. Empty boxes do not count.
/// Linear.
std::optional<Boxes> last_boxes(std::string_view text);

}  // namespace cohort::rewards::math
