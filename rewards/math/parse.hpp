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

// What the text alone leaves open:
//   1/2x          1/(2x), as LaTeX parsers read it, and (1/2)x: either. Behind a letter, a/bc is a/(bc) only.
//   \sin x/2      (sin x)/2 and sin(x/2): either. \sin 2x \cos x is a product; \ln x (x + 1) too.
//   1,234         a number and a list: either. 350,000 is a number, (12,102) a pair, 1,22 a list or 1.22.
//   2e-5          a decimal and 2e − 5: either. 5 m is a product and a length; 5m is a product.
//   {1, 2}        the set and the list: either; \{1, 2\} is the set. abc alone: a product and a word.
//   f(x)          a value of f, g, h, F, G, H, Γ, ζ, φ or of what the text defines; x(y + 1) is a product.
//   i             the imaginary unit unless a sum binds it or j stands in the text; e is Euler's number.
// Two values of one variable, x = 1, x = 2, are a disjunction; equations in several a conjunction.

/// Reads a whole answer. Linear in the length of the text but for a bounded number of retries; at most 4,096 tokens and
/// 200 levels. Never throws, whatever the bytes. `text` need not outlive the tree.
Parsed parse(std::string_view text, Arena& arena, const ParseOptions& options = {});

/// The tree as a line, for tests and messages: (add x (negate 1)).
std::string to_string(const Node& node);

}  // namespace cohort::rewards::math
