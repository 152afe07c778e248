#include "rewards/sandbox/watch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cohort::sandbox {
namespace {

uint64_t microseconds(const timespec& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_nsec) / 1000;
}

uint64_t microseconds(const timeval& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_usec);
}

uint64_t now_us() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return microseconds(time);
}

/// CPU time of a running process.
uint64_t cpu_us_of(pid_t process) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return microseconds(time);
}

size_t read_small_file(int folder, const char* name, char* text, size_t size) {
  const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t got = read(fd, text, size - 1);
  close(fd);
  text[std::max<ssize_t>(got, 0)] = 0;
  return static_cast<size_t>(std::max<ssize_t>(got, 0));
}

/// What the kernel holds for a process and no resident page shows: its page tables, and what its sockets may have
/// buffered. Descriptors below a few dozen are any program's, and are not counted.
uint64_t kernel_bytes(int proc, const char* process) {
  constexpr uint64_t uncounted = 32, most_buffered = 208 << 10;
  char name[64], text[4096];
  std::snprintf(name, sizeof name, "%.20s/status", process);
  if (read_small_file(proc, name, text, sizeof text) == 0) return 0;
  const char* tables = std::strstr(text, "\nVmPTE:");
  std::snprintf(name, sizeof name, "%.20s/fd", process);
  struct stat info {};
  // Linux before 6.2 says 0.
  const bool is_known = fstatat(proc, name, &info, 0) == 0 && info.st_size > 0;
  const uint64_t descriptors = is_known ? static_cast<uint64_t>(info.st_size) : 0;
  return (tables ? std::strtoull(tables + 7, nullptr, 10) * 1024 : 0) +
         (descriptors > uncounted ? (descriptors - uncounted) * most_buffered : 0);
}

/// Resident bytes of a process; shared pages count in each process that has them.
uint64_t resident_bytes(int proc, const char* process) {
  char name[64], text[128];
  std::snprintf(name, sizeof name, "%.20s/statm", process);
  if (read_small_file(proc, name, text, sizeof text) == 0) return 0;
  const char* second = std::strchr(text, ' ');
  return second ? std::strtoull(second, nullptr, 10) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

/// The same with each shared page divided by the number of those that share it: slower, and exact.
uint64_t proportional_bytes(int proc, const char* process) {
  char name[64], text[1024];
  std::snprintf(name, sizeof name, "%.20s/smaps_rollup", process);
  if (read_small_file(proc, name, text, sizeof text) == 0) return resident_bytes(proc, process);
  const char* line = std::strstr(text, "\nPss:");
  return line ? std::strtoull(line + 5, nullptr, 10) * 1024 : resident_bytes(proc, process);
}

/// Sum over all processes of the box but this one.
template <typename Measure>
uint64_t sum_processes(int proc, Measure measure) {
  const int folder = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return 0;
  DIR* entries = fdopendir(folder);
  if (!entries) {
    close(folder);
    return 0;
  }
  char self[16];
  std::snprintf(self, sizeof self, "%d", static_cast<int>(getpid()));
  uint64_t sum = 0;
  while (const dirent* entry = readdir(entries))
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && std::strcmp(entry->d_name, self) != 0)
      sum += measure(proc, entry->d_name);
  closedir(entries);
  return sum;
}

uint64_t disk_bytes() {
  struct statfs info {};
  if (statfs("/tmp", &info) != 0) return 0;
  return static_cast<uint64_t>(info.f_blocks - info.f_bfree) * static_cast<uint64_t>(info.f_bsize);
}

uint64_t box_bytes(Watched watched, uint64_t limit) {
  const int proc = watched.proc;
  if (watched.only != 0) {
    char number[16];
    std::snprintf(number, sizeof number, "%d", static_cast<int>(watched.only));
    return resident_bytes(proc, number) + kernel_bytes(proc, number);
  }
  const uint64_t files = disk_bytes();
  const uint64_t rest = files + sum_processes(proc, kernel_bytes);
  const uint64_t quick = rest + sum_processes(proc, resident_bytes);
  return quick <= limit ? quick : std::min(quick, rest + sum_processes(proc, proportional_bytes));
}

volatile sig_atomic_t stopped = 0;
void note_stop(int) { stopped = 1; }

/// Reaps every child that has ended. True if `program` was among them.
bool reap(pid_t program, int& status, rusage& usage) {
  bool ended = false;
  while (true) {
    int one_status;
    rusage one_usage;
    const pid_t process = wait4(-1, &one_status, WNOHANG, &one_usage);
    if (process <= 0) return ended;
    if (process != program) continue;
    ended = true;
    status = one_status;
    usage = one_usage;
  }
}

}  // namespace

void stop_watching_on(int signal) {
  static int handled = 0;
  struct sigaction action {};
  action.sa_handler = signal == 0 ? SIG_DFL : note_stop;
  sigaction(signal == 0 ? handled : signal, &action, nullptr);
  handled = signal;
}

Report watch(const Job& job, pid_t program, Watched watched) {
  const Limits& limits = job.request.limits;
  const uint64_t start = now_us();
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, program, 0));
  Report report{};
  report.kind = ReportKind::finished;
  // Short at first, for most programs end soon; a bomb that fills 4 GB/s gains 40 MB in the longest pause.
  int pause_ms = 2;
  for (;; pause_ms = std::min(pause_ms * 2, 10)) {
    pollfd events[] = {{handle, POLLIN, 0}, {job.report, 0, 0}};
    const uint64_t passed = now_us() - start;
    const uint64_t left_ms = passed < limits.wall_us ? (limits.wall_us - passed) / 1000 + 1 : 0;
    poll(events, 2, static_cast<int>(std::min<uint64_t>(left_ms, static_cast<uint64_t>(pause_ms))));
    report.wall_us = now_us() - start;

    int status = 0;
    rusage usage{};
    if (reap(program, status, usage)) {
      report.cpu_us = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
      report.peak_bytes = std::max(report.peak_bytes, static_cast<uint64_t>(usage.ru_maxrss) * 1024);
      report.ending = WIFSIGNALED(status) ? Ending::signalled : Ending::exited;
      report.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
      if (report.cpu_us > limits.cpu_us) report.ending = Ending::cpu_time;
      if (job.request.watches_memory && report.peak_bytes > limits.memory_bytes) report.ending = Ending::memory;
      break;
    }
    report.cpu_us = cpu_us_of(program);
    if (stopped || events[1].revents != 0 || report.wall_us >= limits.wall_us) {  // nobody listens, or time is up
      report.ending = Ending::wall_time;
      break;
    }
    if (report.cpu_us > limits.cpu_us) {
      report.ending = Ending::cpu_time;
      break;
    }
    if (!job.request.watches_memory || watched.proc < 0) continue;
    const uint64_t bytes = box_bytes(watched, limits.memory_bytes);
    report.peak_bytes = std::max(report.peak_bytes, bytes);
    if (bytes > limits.memory_bytes) {
      report.ending = Ending::memory;
      break;
    }
  }
  if (handle >= 0) close(handle);
  return report;
}

}  // namespace cohort::sandbox
