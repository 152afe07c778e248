#pragma once

#include "cohort/reward.hpp"

namespace cohort::rewards {

enum class ExactSource {
  whole,       // the completion after its thinking
  answer_tag,  // its last <answer>…</answer>
  last_line,   // its last line that is not blank
};

struct ExactOptions {
  ExactSource source = ExactSource::whole;
  bool ignore_case = false;  // of A–Z
};

/// 1 if the text is the gold answer byte for byte, blanks at the ends aside; else 0.
/// Verdicts: equal, different, unparsed (no such part).
RewardRule exact(ExactOptions options = {});

}  // namespace cohort::rewards
