// The kernel's Landlock: files and network that a process gives up, without namespaces and without being root.
#pragma once

#include <sys/types.h>

namespace cohort::sandbox {

/// The version that this kernel has; 0 if none.
int landlock_version();

/// Leaves the calling thread and its children the folders `shown`, to read and execute, and `folder`, to write and make
/// files in as well if `may_write`; no other file, and no TCP. False with errno.
bool restrict_files(const char* const* shown, const char* folder, bool may_write);

}  // namespace cohort::sandbox
