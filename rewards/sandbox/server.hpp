// Starts boxes for whoever holds the other end of a socket, until that end is closed.
#pragma once

#include "rewards/sandbox/job.hpp"
#include "rewards/sandbox/weak_box.hpp"

namespace cohort::sandbox {

struct ServerOptions {
  int control = kControlFd;
  bool chooses_ids = false;              // root of the host: each run gets a user of its own
  const WeakBoxOptions* weak = nullptr;  // no namespaces
  bool interprets = false;               // a Python: serves interpret and call, and nothing else
};

/// Serves until the other end is gone, then ends every box and returns −1. Returns 0 in a program that is to be
/// interpreted, with `job` its job.
int serve(const ServerOptions& options, Job& job);

}  // namespace cohort::sandbox
