#include "rewards/sandbox/confine.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>

namespace cohort::sandbox {

bool drop_capabilities() {
  for (int capability = 0; capability < 64; ++capability)
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return syscall(SYS_capset, &header, none) == 0;
}

bool set_process_limits(const Limits& limits) {
  const auto set = [](int which, uint64_t value) {
    rlimit now{};
    if (getrlimit(static_cast<__rlimit_resource>(which), &now) != 0) return false;
    // A host may allow less than is asked for.
    const rlim_t allowed = std::min<rlim_t>(value, now.rlim_max);
    const rlimit wanted{allowed, allowed};
    return setrlimit(static_cast<__rlimit_resource>(which), &wanted) == 0;
  };
  const uint64_t cpu_seconds = limits.cpu_us / 1'000'000 + 2;  // the box's first process looks closer
  const bool space = limits.address_space_bytes == 0 || set(RLIMIT_AS, limits.address_space_bytes);
  return space && set(RLIMIT_CPU, cpu_seconds) && set(RLIMIT_FSIZE, limits.disk_bytes) &&
         set(RLIMIT_NOFILE, limits.open_files) && set(RLIMIT_NPROC, limits.processes) && set(RLIMIT_CORE, 0) &&
         set(RLIMIT_STACK, limits.stack_bytes) && set(RLIMIT_MEMLOCK, 1 << 16) && set(RLIMIT_MSGQUEUE, 0) &&
         set(RLIMIT_SIGPENDING, 256) && set(RLIMIT_NICE, 0) && set(RLIMIT_RTPRIO, 0);
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
#endif
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  for (int fd = first; fd < static_cast<int>(std::min<rlim_t>(files.rlim_cur, 1 << 16)); ++fd) close(fd);
}

int take_descriptors(const Job& job) {
  // First out of the way of 0 … 4, then into place.
  constexpr int far = 64;
  int moved[6];
  const int wanted[6] = {job.standard[0], job.standard[1], job.standard[2], job.arguments, job.result, job.report};
  for (int i = 0; i < 6; ++i) moved[i] = wanted[i] < 0 ? -1 : fcntl(wanted[i], F_DUPFD_CLOEXEC, far);
  const int last = job.arguments < 0 ? 2 : kResultFd;
  for (int i = 0; i <= last; ++i) dup2(moved[i], i);
  const int report = last + 1;
  dup3(moved[5], report, O_CLOEXEC);
  close_from(report + 1);
  return report;
}

char** box_environment(const char* folder) {
  static char home[PATH_MAX + 8], temporary[PATH_MAX + 8];
  std::snprintf(home, sizeof home, "HOME=%s", folder);
  std::snprintf(temporary, sizeof temporary, "TMPDIR=%s", folder);
  static const char* environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", home, temporary, "USER=box", "LANG=C.UTF-8",
                                      "LC_ALL=C.UTF-8", "TZ=UTC", "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1",
                                      // A library that starts a thread for each of 128 cores meets the limits.
                                      "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", nullptr};
  return const_cast<char**>(environment);
}

}  // namespace cohort::sandbox
