// Answers of several labelled parts: "(a) 14 (b) 2".
#pragma once

#include <string_view>
#include <vector>

namespace cohort::rewards::math {

/// The texts behind the labels (a) (b) …, (A) (B) …, (1) (2) … or (i) (ii) …, the first of which begins `text`. Empty
/// where there are no two, or one of them labels nothing.
std::vector<std::string_view> labelled_parts(std::string_view text);

/// Whether a text labels several values with capitals and colons: "A: 31, B: 32".
bool has_second_label(std::string_view text);

}  // namespace cohort::rewards::math
