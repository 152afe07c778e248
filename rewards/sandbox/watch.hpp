// Watches a program from inside its box until it ends or passes a limit.
#pragma once

#include <sys/types.h>

#include "rewards/sandbox/job.hpp"

namespace cohort::sandbox {

/// Waits for `program`, a child, and reaps what it leaves. `proc` is a descriptor of a /proc that shows the box, or −1.
/// Returns a finished report; the program may still run if a limit was passed, or the report's other end is gone.
Report watch(const Job& job, pid_t program, int proc);

}  // namespace cohort::sandbox
