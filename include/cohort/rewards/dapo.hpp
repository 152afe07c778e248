#pragma once

#include <string>
#include <string_view>

#include "cohort/reward.hpp"

namespace cohort::rewards {

enum class DapoExtraction {
  answer_line,  // the line after the last "Answer:" in the last 300 characters
  strict_box,   // the last complete \boxed{…} in the last 100 characters, compared byte for byte
};

struct DapoOptions {
  DapoExtraction extraction = DapoExtraction::answer_line;
};

/// A final answer as Minerva compares it (Lewkowycz et al., arXiv:2206.14858, appendix D): what follows the last "=",
/// without blanks, articles, units, quotes and LaTeX of looks; \frac12 as \frac{1}{2}; integers without commas.
std::string minerva_normalized(std::string_view answer);

/// +1 if the answer, as minerva_normalized(), is the gold answer's, else −1. DAPO (arXiv:2503.14476), section 4.1, as
/// verl's math_dapo. Verdicts: equal, different, unparsed (no such answer: −1), gold_unparsed (no score).
RewardRule dapo(DapoOptions options = {});

}  // namespace cohort::rewards
