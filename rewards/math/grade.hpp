// From texts to a verdict: reads gold answers, looks for the answer of a response, and compares the two.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cohort/rewards/math.hpp"
#include "rewards/math/extract.hpp"
#include "rewards/math/node.hpp"
#include "rewards/math/parse.hpp"

namespace cohort::rewards::math {

/// A gold answer, read once. Its tree lives in an arena of the caller's.
struct Gold {
  const Node* root = nullptr;  // null where it cannot be read: only the same text is equal then
  Wanted wanted = Wanted::scalar;
  std::string_view whole;     // as it was given; empty where it is longer than any answer
  std::string_view text;      // the answer in it, which may be all of it
  char letter = 0;            // of a choice, in upper case
  std::string_view words;     // what stands behind the letter: the "Paris" of "(B) Paris"
  std::string date, formula;  // of the calendar, of chemistry: empty of other answers
};

inline bool is_words(const Node* root) { return root && root->kind == Kind::text; }

Gold read_gold(std::string_view text, Arena& arena, const MathOptions& options);

/// Decides on one candidate. Nothing where it cannot be the answer and the search should go on.
std::optional<MathResult> judge(std::span<const Gold> golds, const Candidate& candidate, Arena& arena,
                                const MathOptions& options);

}  // namespace cohort::rewards::math
