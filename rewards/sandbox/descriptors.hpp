// The descriptors that a run is made of. All are close-on-exec; Error if the machine has no more.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "rewards/sandbox/fd.hpp"

namespace cohort::sandbox {

/// A file in memory with this content, at its start, that nobody can change any more.
Fd sealed_file(std::string_view content);

/// A file in memory that can be executed.
Fd program_file(std::string_view content);

struct Pipe {
  Fd read, write;  // reading does not block
};
Pipe make_pipe();

/// Two ends of a socket that keeps packets apart.
std::pair<Fd, Fd> make_socket();

/// The whole of a file, at most `limit` bytes.
std::string read_file(int fd, size_t limit);

}  // namespace cohort::sandbox
