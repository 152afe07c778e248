// Words that announce an answer, in the languages models answer in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cohort::rewards::math {

enum class AnchorKind : uint8_t {
  final_answer,  // "final answer is", "**Final Answer**:"
  stated,        // "the answer is", "Answer:", "答案是", "la réponse est"
  mentioned,     // "Answer 9", "answer\n9": nothing says that it is given here
};

struct Anchor {
  AnchorKind kind;
  std::string_view rest;  // what follows "answer is" or "answer:", to the end of the text, without blanks and markup
  bool is_abbreviation = false;  // "A: 5"
};

/// Anchors of a text: of each kind, in order, the last few, the last one first. Linear.
std::vector<Anchor> find_anchors(std::string_view text);

}  // namespace cohort::rewards::math
