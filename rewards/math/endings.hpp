// What stands at the end of an answer and is no part of it.
#pragma once

#include <string_view>

namespace cohort::rewards::math {

/// Without what a chat template puts at the end of a turn: "<|im_end|>", "</s>".
std::string_view without_end_marks(std::string_view text);

/// A sentence without what only says how sure or how known it is: "46, as claimed", "15 when rounded", "51; see above".
/// Beside one value any clause in words says no more.
std::string_view without_remark(std::string_view sentence, bool is_of_one_value);

/// `text` without `marks` and pictures at its end. An ellipsis and \right. are no full stops, the star of z^* no mark.
std::string_view cut_marks(std::string_view text, std::string_view marks);

}  // namespace cohort::rewards::math
