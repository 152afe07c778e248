// Watches a program from inside its box until it ends or passes a limit.
#pragma once

#include <sys/types.h>

#include "rewards/sandbox/job.hpp"

namespace cohort::sandbox {

/// Whose memory is added up.
struct Watched {
  int proc = -1;   // a descriptor of a /proc; −1: nobody's
  pid_t only = 0;  // 0: all that this /proc shows but the watcher itself, and the files in /tmp
};

/// Ends a watch() when this signal comes, as if time were up; 0: no signal does any more.
void stop_watching_on(int signal);

/// Waits for `program`, a child, and reaps what it leaves.
/// Returns a finished report; the program may still run if a limit was passed, or the report's other end is gone.
Report watch(const Job& job, pid_t program, Watched watched);

}  // namespace cohort::sandbox
