#include "rewards/sandbox/descriptors.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "cohort/error.hpp"

namespace cohort::sandbox {
namespace {

#ifndef MFD_EXEC
constexpr unsigned MFD_EXEC = 0x10;
#endif
#ifndef MFD_NOEXEC_SEAL
constexpr unsigned MFD_NOEXEC_SEAL = 0x8;
#endif

Fd memory_file(std::string_view content, unsigned execution) {
  Fd file(memfd_create("cohort", MFD_CLOEXEC | MFD_ALLOW_SEALING | execution));
  // Linux before 6.3 does not know the flag.
  if (!file && errno == EINVAL) file = Fd(memfd_create("cohort", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  check(static_cast<bool>(file), "sandbox: memfd_create: {}", std::strerror(errno));
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t some = write(file.get(), content.data() + written, content.size() - written);
    if (some < 0 && errno == EINTR) continue;
    check(some > 0, "sandbox: writing a file of {} bytes in memory: {}", content.size(), std::strerror(errno));
    written += static_cast<size_t>(some);
  }
  return file;
}

}  // namespace

Fd sealed_file(std::string_view content) {
  Fd file = memory_file(content, MFD_NOEXEC_SEAL);
  lseek(file.get(), 0, SEEK_SET);
  const int sealed = fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  check(sealed == 0, "sandbox: sealing a file in memory: {}", std::strerror(errno));
  return file;
}

Fd program_file(std::string_view content) { return memory_file(content, MFD_EXEC); }

Pipe make_pipe() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0, "sandbox: pipe: {}", std::strerror(errno));
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  fchmod(ends[1], 0666);  // a program of another user may open it again, as /dev/stdout
  return pipe;
}

std::pair<Fd, Fd> make_socket() {
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "sandbox: socketpair: {}",
        std::strerror(errno));
  return {Fd(ends[0]), Fd(ends[1])};
}

std::string read_file(int fd, size_t limit) {
  std::string content;
  off_t at = 0;
  while (content.size() < limit) {
    char part[1 << 14];
    const ssize_t got = pread(fd, part, std::min(sizeof part, limit - content.size()), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    content.append(part, static_cast<size_t>(got));
    at += got;
  }
  return content;
}

}  // namespace cohort::sandbox
