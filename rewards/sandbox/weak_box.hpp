// A box without namespaces: a process of the host that may see few files, open no socket, start no process and signal
// none.
#pragma once

#include <sys/types.h>

#include "rewards/sandbox/job.hpp"

namespace cohort::sandbox {

/// Where boxes have their folders, and what they are shown besides.
struct WeakBoxOptions {
  const char* work;          // an absolute path
  const char* const* shown;  // ended by a null pointer
  bool chooses_ids;
};

/// Makes a folder for boxes in memory, or in /tmp, with this library's files in it. False with errno.
bool make_work_folder(char* path, size_t size);

/// Removes a folder and all that is in it, following no link.
void remove_folder(const char* path);

/// As start_box(), but the program is watched by a process of the host, which ends it when it gets SIGTERM.
pid_t start_weak_box(const Job& job, const WeakBoxOptions& options, int* process_fd);

}  // namespace cohort::sandbox
