#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

enum class Gsm8kExtraction {
  strict,    // the number after the last "####", else unparsed
  flexible,  // the same, else the last number
};

struct Gsm8kOptions {
  Gsm8kExtraction extraction = Gsm8kExtraction::flexible;
};

/// 1 if a completion ends in the number of a GSM8K answer (Cobbe et al., arXiv:2110.14168), else 0. The gold answer is
/// the data set's text, which ends in "#### n", or n alone. Numbers compare exactly. Looks after the last </think>.
/// Verdicts: equal, different, unparsed (0), gold_unparsed (no score). Extraction as in lm-evaluation-harness.
RewardRule gsm8k(Gsm8kOptions options = {});

}  // namespace cohort::rewards
