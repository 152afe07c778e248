#pragma once

#include "cohort/reward.hpp"
#include "cohort/sandbox.hpp"

namespace cohort::rewards {

enum class OutputComparison {
  exact,   // byte for byte
  lines,   // line by line, blanks at the ends of lines and blank lines at the end aside
  tokens,  // word by word
};

enum class CodeScore {
  all,       // 1 if every test passes, else 0; the first failure ends the run
  fraction,  // the share of tests that pass
};

struct CodeOptions {
  OutputComparison comparison = OutputComparison::lines;
  double tolerance = 0;  // where an expected number is no integer: |got − expected| ≤ tolerance · max(1, |expected|)
  CodeScore score = CodeScore::all;
  double time_limit = 5;             // CPU seconds of a test; wall time may be twice that and one second more
  int64_t memory_limit = 512 << 20;  // bytes of all processes of a test
  SandboxOptions sandbox;
};

/// Runs the last fenced block of the answer's language on the answer's tests, each in a box of its own, and compares
/// outside: what is expected is never where the program is. Verdicts: accepted, wrong_answer, runtime_error,
/// time_limit, memory_limit, output_limit, compile_error, no_code, forbidden.
/// Throws Error for an answer that is not well formed or has no tests, for a language whose tools are not on this
/// machine, and where the sandbox is not available or fails: never a score.
RewardRule code(CodeOptions options = {});

}  // namespace cohort::rewards
