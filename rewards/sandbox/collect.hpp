// The library's end of a run: reads what the program writes until nothing of its box is left.
#pragma once

#include "cohort/sandbox.hpp"

namespace cohort::sandbox {

struct Collected {
  SandboxResult result;
  bool server_is_gone = false;
  std::string failure;  // of the machine; empty if all went well
};

/// `result` may be −1. Ends the box, by a signal to its first process, when it writes more than it may, or lives longer
/// than its first process should let it.
Collected collect(int report, int output, int errors, int result, const SandboxLimits& limits, double wall_seconds,
                  int end_signal);

}  // namespace cohort::sandbox
