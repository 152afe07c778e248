#include "rewards/sandbox/embedded.hpp"

COHORT_EMBED(interpreter_library, COHORT_INTERPRETER_LIBRARY);
COHORT_EMBED(interpreter_script, COHORT_SANDBOX_SOURCE "/interpreter.py");
COHORT_EMBED(call_script, COHORT_SANDBOX_SOURCE "/call.py");
