// What a process gives up before it runs code that nobody trusts.
#pragma once

#include "rewards/sandbox/job.hpp"

namespace cohort::sandbox {

/// Gives up every capability, also those that a program file could bring. False with errno.
bool drop_capabilities();

/// Sets the limits that the kernel keeps for each process. False with errno.
bool set_process_limits(const Limits& limits);

/// All signals as they are at the start of a program, none blocked.
void reset_signals();

/// Closes `first` and every descriptor after it.
void close_from(int first);

/// Makes the job's descriptors the program's 0 … 4 and closes all others but the report's, which is moved to the
/// returned number and closes on exec.
int take_descriptors(const Job& job);

/// The environment of every program in a box, which may write in `folder`.
char** box_environment(const char* folder);

}  // namespace cohort::sandbox
