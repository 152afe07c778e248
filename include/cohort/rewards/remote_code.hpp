// Programs that completions contain, run by a service elsewhere.
#pragma once

#include <string>

#include "cohort/rewards/http.hpp"

namespace cohort::rewards {

enum class CodeService {
  sandbox_fusion,  // POST URL/run_code
  piston,          // POST URL/execute, with URL = http://host:2000/api/v2
};

struct RemoteCodeOptions {
  ServerOptions server;
  bool fraction = false;   // earns the share of tests passed instead of 1 for all and 0 for fewer
  double time_limit = 10;  // seconds of a test, where the answer has no time_limit
};

/// Runs the last fenced block of the answer's language on the stdin of each test, and compares its stdout here, where
/// the expected one stays. `answer` is as of code(), without functions and checkers that are programs; a language that
/// we do not know is the service's to know. Verdicts: accepted, wrong_answer, runtime_error, time_limit, compile_error,
/// no_code. A failure of the service is a fault, never a 0; so is an answer without tests.
Rule remote_code(CodeService service, RemoteCodeOptions options);

}  // namespace cohort::rewards
