// A server of boxes, as the library holds it: the launcher, or a Python that it started.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "rewards/sandbox/fd.hpp"
#include "rewards/sandbox/protocol.hpp"

namespace cohort::sandbox {

struct LauncherProcess {
  pid_t process = -1;
  Fd control;
  bool chooses_ids = false;
  std::string folder;  // where its files are

  LauncherProcess() = default;
  LauncherProcess(LauncherProcess&& other) noexcept { *this = std::move(other); }
  LauncherProcess& operator=(LauncherProcess&& other) noexcept;
  ~LauncherProcess();
};

/// Starts the launcher and waits until it can serve. Throws Error with its reason if it cannot.
LauncherProcess start_launcher(bool landlock, const std::vector<std::string>& shown);

/// Has the launcher start a Python and waits until it can serve: its control socket. Throws Error with its reason.
Fd start_interpreter(const LauncherProcess& launcher, bool landlock, const std::string& python,
                     const std::vector<std::string>& shown);

}  // namespace cohort::sandbox
