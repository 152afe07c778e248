// Text of an answer to its tree: LaTeX as models write it, plain and CAS syntax, Unicode.
#pragma once

#include <string>
#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

struct ParseOptions {
  bool decimal_comma = false;  // "3,5" is 7/2 first; otherwise a comma separates thousands or entries
};

struct Parsed {
  const Node* root = nullptr;  // null where the text is no answer
  std::string_view problem;    // then why, in a few words, with static lifetime: "unbalanced brackets", "too deep"
};

/// Reads a whole answer. Linear in the length of the text but for a bounded number of retries; at most 4,096 tokens and
/// 200 levels. Never throws, whatever the bytes. `text` need not outlive the tree.
Parsed parse(std::string_view text, Arena& arena, const ParseOptions& options = {});

/// The tree as a line, for tests and messages: (add x (negate 1)).
std::string to_string(const Node& node);

}  // namespace cohort::rewards::math
