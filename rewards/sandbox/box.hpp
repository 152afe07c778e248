// A box: namespaces of its own around one program, made from the server's, which hold the root folder.
#pragma once

#include <sys/types.h>

#include "rewards/sandbox/job.hpp"
#include "rewards/sandbox/seccomp.hpp"

namespace cohort::sandbox {

inline constexpr uint32_t kInsideId = 1000;  // the program's user and group, as it sees them

/// Starts the first process of a new box and gives it its user. Returns its process id and descriptor, or −1 with
/// errno. In the first process it does not return: that one prepares the box, starts the program, watches it and ends,
/// whereupon the kernel ends every process of the box. In the program it returns 0 if the task is to interpret or to
/// call, once all is given up; a program to execute is executed.
pid_t start_box(const Job& job, bool chooses_ids, int* process_fd);

/// What a program of either tier does last: takes its descriptors, gives up what it can, and executes the command.
/// Returns if the task is not to execute; reports and exits if anything fails.
void become_program(const Job& job, const SystemCallRules& rules, const char* folder);

/// Writes the job's files into the folder `where`; false with errno.
bool write_files(const Job& job, int where);

/// Sends back the file that the command was to make, if it is one.
void return_file(const Job& job, int where);

}  // namespace cohort::sandbox
