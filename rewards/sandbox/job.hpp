// A request as a server holds it, with its descriptors.
#pragma once

#include <cstddef>

#include "rewards/sandbox/protocol.hpp"

namespace cohort::sandbox {

inline constexpr uint32_t kMaxCgroups = 2;

struct Job {
  char packet[sizeof(Request) + kMaxText];
  int fds[kMaxFds];
  size_t num_fds;

  Request request;
  char* words[kMaxWords + 1];  // views into packet; a null pointer ends them
  const char* names[kMaxFiles];
  // Views into fds.
  int report;
  const int* cgroups;
  const int* standard;    // stdin, stdout, stderr
  int arguments, result;  // −1 if there are none
  const int* files;
};

/// Waits for a request. 1 if one came, 0 when the other end is gone, −1 with errno for one that is not well formed.
int receive_job(int socket, Job& job);

/// Closes every descriptor of the job.
void close_job(Job& job);

}  // namespace cohort::sandbox
