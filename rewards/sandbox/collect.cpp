#include "rewards/sandbox/collect.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "rewards/sandbox/descriptors.hpp"
#include "rewards/sandbox/message.hpp"

namespace cohort::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxErrorText = 64 << 10;
constexpr size_t kMaxReturnedFile = 256 << 20;

/// One stream of a program.
struct Stream {
  int fd;
  std::string* text;
  size_t kept;     // bytes of it that are stored
  size_t allowed;  // bytes that may be written
  size_t written = 0;

  bool is_open() const { return fd >= 0; }

  /// Reads what is there. False if the program has written more than it may.
  bool read_some() {
    char part[1 << 16];
    while (is_open()) {
      const ssize_t got = read(fd, part, sizeof part);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return true;
      if (got <= 0) {
        fd = -1;
        return true;
      }
      text->append(part, std::min(static_cast<size_t>(got), kept - std::min(kept, text->size())));
      written += static_cast<size_t>(got);
      if (written > allowed) return false;
    }
    return true;
  }
};

void end_box(const Fd& process, int signal) {
  if (process) syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

SandboxEnd end_of(const Report& report) {
  switch (report.ending) {
    case Ending::cpu_time:
    case Ending::wall_time:
      return SandboxEnd::time_limit;
    case Ending::memory:
      return SandboxEnd::memory_limit;
    case Ending::exited:
      return SandboxEnd::exited;
    case Ending::signalled:
      if (report.code == SIGSYS) return SandboxEnd::forbidden;
      if (report.code == SIGXCPU) return SandboxEnd::time_limit;
      if (report.code == SIGXFSZ) return SandboxEnd::output_limit;
      return SandboxEnd::signalled;
  }
  return SandboxEnd::signalled;
}

/// What the servers have told so far.
struct Course {
  Fd process, returned_file;
  bool finished = false, ended = false;

  void take(const Report& report, Fd fd, Collected& collected) {
    SandboxResult& result = collected.result;
    switch (report.kind) {
      case ReportKind::started:
        process = std::move(fd);
        break;
      case ReportKind::file:
        returned_file = std::move(fd);
        break;
      case ReportKind::finished:
        finished = true;
        result.end = end_of(report);
        result.code = report.code;
        result.cpu_seconds = static_cast<double>(report.cpu_us) / 1e6;
        result.wall_seconds = static_cast<double>(report.wall_us) / 1e6;
        result.peak_bytes = static_cast<int64_t>(report.peak_bytes);
        break;
      case ReportKind::failed:
        collected.failure = fmt::format("{}: {}", std::string(report.text, strnlen(report.text, sizeof report.text)),
                                        std::strerror(report.error));
        ended = !process;  // no box was started
        break;
      case ReportKind::reaped:
        ended = true;
        break;
      case ReportKind::ready:
        break;
    }
  }
};

}  // namespace

Collected collect(int report, int output, int errors, int result, const SandboxLimits& limits, double wall_seconds,
                  int end_signal) {
  Collected collected;
  const size_t most = static_cast<size_t>(limits.output_bytes);
  std::array<Stream, 3> streams = {Stream{output, &collected.result.output, most, most},
                                   Stream{errors, &collected.result.error_output, kMaxErrorText, most},
                                   Stream{result, &collected.result.result, most, most}};
  Course course;
  bool flooded = false, overdue = false;
  // The box's first process keeps the time; this is for a machine that stands still, or a box that does not end.
  auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(wall_seconds + 10));
  while (!course.ended) {
    std::array<pollfd, 4> events = {pollfd{report, POLLIN, 0}, pollfd{streams[0].fd, POLLIN, 0},
                                    pollfd{streams[1].fd, POLLIN, 0}, pollfd{streams[2].fd, POLLIN, 0}};
    const int ready = poll(events.data(), events.size(), 1000);
    if (Clock::now() > deadline) {
      if (overdue) {
        collected.failure = "end a box: its processes do not die";
        break;
      }
      overdue = true;
      deadline = Clock::now() + std::chrono::seconds(60);
      end_box(course.process, end_signal);
    }
    if (ready <= 0) continue;
    for (Stream& stream : streams)
      if (!stream.read_some() && !flooded) {
        flooded = true;
        end_box(course.process, end_signal);
      }
    if (events[0].revents == 0) continue;
    Report told{};
    int fd = -1;
    size_t num_fds = 0;
    const ptrdiff_t size = receive_packet(report, &told, sizeof told, &fd, 1, &num_fds);
    if (size != sizeof told) {
      collected.server_is_gone = true;
      break;
    }
    course.take(told, Fd(num_fds > 0 ? fd : -1), collected);
  }
  for (Stream& stream : streams)
    if (!stream.read_some()) flooded = true;
  if (flooded)
    collected.result.end = SandboxEnd::output_limit;
  else if (overdue)
    collected.result.end = SandboxEnd::time_limit;
  else if (!course.finished && collected.failure.empty() && !collected.server_is_gone)
    // Something has killed the first process: the kernel, for memory.
    collected.result.end = SandboxEnd::memory_limit;
  if (course.returned_file) collected.result.returned_file = read_file(course.returned_file.get(), kMaxReturnedFile);
  return collected;
}

}  // namespace cohort::sandbox
