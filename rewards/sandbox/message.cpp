#include "rewards/sandbox/message.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cohort::sandbox {
namespace {

union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int) * kMaxFds)];
};

}  // namespace

bool send_packet(int socket, const void* bytes, size_t size, const int* fds, size_t num_fds) {
  iovec part{const_cast<void*>(bytes), size};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (num_fds > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * num_fds);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * num_fds);
    std::memcpy(CMSG_DATA(header), fds, sizeof(int) * num_fds);
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

ptrdiff_t receive_packet(int socket, void* bytes, size_t size, int* fds, size_t max_fds, size_t* num_fds, bool wait) {
  iovec part{bytes, size};
  Control control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  while (received < 0 && errno == EINTR);
  size_t count = 0;
  bool too_many = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  if (received >= 0)
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
      const size_t given = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < given; ++i) {
        int fd;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
        if (count < max_fds) {
          fds[count++] = fd;
        } else {
          close(fd);
          too_many = true;
        }
      }
    }
  if (received >= 0 && too_many) {
    while (count > 0) close(fds[--count]);
    errno = EMSGSIZE;
    received = -1;
  }
  if (num_fds) *num_fds = count;
  return received;
}

void report_failure(int socket, const char* what) {
  Report report{};
  report.kind = ReportKind::failed;
  report.error = errno;
  std::strncpy(report.text, what, sizeof report.text - 1);
  send_packet(socket, &report, sizeof report);
}

}  // namespace cohort::sandbox
