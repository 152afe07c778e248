// Which system calls a program in a box may make. A filter of our own for the kernel's seccomp, for one architecture.
#pragma once

namespace cohort::sandbox {

struct SystemCallRules {
  bool may_fork = true;         // else threads only
  bool may_leave_group = true;  // make a session or a process group
  bool may_signal = true;       // else itself only
};

/// Installs the filter on the calling thread, for ever and for its children. False with errno.
/// A call that is not listed does not exist (ENOSYS); one that asks for the network is refused (EPERM); one that no
/// honest program makes ends the process with SIGSYS, which is the verdict `forbidden`.
bool restrict_system_calls(const SystemCallRules& rules);

}  // namespace cohort::sandbox
