#pragma once

#include "cohort/reward.hpp"
#include "cohort/sandbox.hpp"

namespace cohort::rewards {

enum class OutputComparison {
  exact,      // byte for byte
  lines,      // line by line, blanks at the ends of lines and blank lines at the end aside
  tokens,     // word by word
  floats,     // word by word, numbers as numbers: within the tolerance, which is 1e-6 if none is given
  unordered,  // lines in any order; of a function, the items of the list that it returns
};

enum class CodeScore {
  all,       // the least that a test is worth: 1 if every one passes, 0 once one fails, which ends the run
  fraction,  // the mean over the tests: the share that pass
};

struct CodeOptions {
  OutputComparison comparison = OutputComparison::lines;
  /// Accepted where |got − expected| ≤ tolerance · max(1, |expected|): for numbers that are expected to be no integers,
  /// with `floats` for all.
  double tolerance = 0;
  CodeScore score = CodeScore::all;
  double time_limit = 5;             // CPU seconds of a test; wall time may be twice that and one second more
  int64_t memory_limit = 512 << 20;  // bytes of all processes of a test
  double deadline = 60;              // seconds of a completion, all its tests together; later, it is a fault
  SandboxOptions sandbox;
};

/// Runs the last fenced block of the answer's language on the answer's tests, each in a box of its own, and compares
/// outside: what is expected is never where the program is. At most one completion for each processor is run at a time.
/// Where many outputs are right, the answer says how to tell: by a comparison, or by a checker, a program of the data
/// set that runs in a box of its own afterwards (docs/code-rewards.md).
/// Verdicts: accepted, partial, wrong_answer, runtime_error, time_limit, memory_limit, output_limit, compile_error,
/// no_code, forbidden. Throws Error for an answer that is not well formed or has no tests, for a language whose tools
/// are not on this machine, where the sandbox is not available or fails, and where a checker fails: never a score.
Rule code(CodeOptions options = {});

}  // namespace cohort::rewards
