// Packets with descriptors over a socket.
#pragma once

#include <cstddef>

#include "rewards/sandbox/protocol.hpp"

namespace cohort::sandbox {

/// Sends one packet. False with errno if it could not.
bool send_packet(int socket, const void* bytes, size_t size, const int* fds = nullptr, size_t num_fds = 0);

/// Receives one packet; descriptors are close-on-exec. Returns its size, 0 at the end, −1 with errno. A packet that
/// does not fit, in bytes or descriptors, is dropped with EMSGSIZE.
ptrdiff_t receive_packet(int socket, void* bytes, size_t size, int* fds, size_t max_fds, size_t* num_fds,
                         bool wait = true);

/// Tells that the machine failed at `what`, with errno.
void report_failure(int socket, const char* what);

}  // namespace cohort::sandbox
