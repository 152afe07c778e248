#include "rewards/sandbox/box.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "rewards/sandbox/confine.hpp"
#include "rewards/sandbox/message.hpp"
#include "rewards/sandbox/watch.hpp"

namespace cohort::sandbox {
namespace {

constexpr int kNamespaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

[[noreturn]] void fail(const Job& job, const char* what) {
  report_failure(job.report, what);
  _exit(1);
}

bool write_text(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, text, std::strlen(text)) == static_cast<ssize_t>(std::strlen(text));
  const int error = errno;
  close(fd);
  errno = error;
  return written;
}

/// Says who the box's user is outside: seen from the server's user namespace.
bool map_ids(pid_t process, bool chooses_ids, uint32_t outside_id) {
  char path[64], line[64];
  std::snprintf(line, sizeof line, "%u %u 1", kInsideId, chooses_ids ? outside_id : 0);
  if (!chooses_ids) {
    std::snprintf(path, sizeof path, "/proc/%d/setgroups", process);
    if (!write_text(path, "deny")) return false;
  }
  for (const char* which : {"uid_map", "gid_map"}) {
    std::snprintf(path, sizeof path, "/proc/%d/%s", process, which);
    if (!write_text(path, line)) return false;
  }
  return true;
}

bool take_ids() {
  setgroups(0, nullptr);  // not allowed, nor needed, where the server has no groups to give away
  return setresgid(kInsideId, kInsideId, kInsideId) == 0 && setresuid(kInsideId, kInsideId, kInsideId) == 0;
}

/// A fresh /tmp, and a /proc that shows this box alone. Returns a descriptor of that /proc, −1 where it had to be
/// hidden.
int mount_own(const Job& job) {
  const Limits& limits = job.request.limits;
  char options[128];
  std::snprintf(options, sizeof options, "size=%llu,nr_inodes=%llu,mode=0700,uid=%u,gid=%u",
                static_cast<unsigned long long>(limits.disk_bytes), static_cast<unsigned long long>(limits.disk_files),
                kInsideId, kInsideId);
  if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) fail(job, "mount a fresh /tmp");
  constexpr unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount("proc", "/proc", "proc", flags, "hidepid=2,subset=pid") == 0 ||
      mount("proc", "/proc", "proc", flags, "hidepid=2") == 0)
    return open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Some containers cover parts of /proc, and then the kernel gives no fresh one. The host's must not be seen.
  if (mount("tmpfs", "/proc", "tmpfs", flags | MS_RDONLY, "size=0,nr_inodes=1") != 0) fail(job, "hide /proc");
  return -1;
}

/// The first process of the box.
void run_first_process(const Job& job, int start) {
  char go;
  if (read(start, &go, 1) != 1) _exit(1);  // the server is gone, or could not map the ids and said so
  close(start);
  if (!take_ids()) fail(job, "become the user of the box");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  reset_signals();
  if (sethostname("box", 3) != 0) fail(job, "name the box");
  const int proc = mount_own(job);
  const int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 || fchdir(folder) != 0) fail(job, "open /tmp");
  if (!write_files(job, folder)) fail(job, "write the program's files");

  const pid_t program = fork();
  if (program < 0) fail(job, "fork");
  if (program == 0) {
    // Without a /proc of the box nobody can add up the memory of several processes: then there is one.
    become_program(job, {.may_fork = proc >= 0 || !job.request.watches_memory}, "/tmp");
    return;
  }
  // A reader sees the end of the output when the program ends, whatever its first process still does.
  for (int i = 0; i < 3; ++i) close(job.standard[i]);
  if (job.result >= 0) close(job.arguments), close(job.result);
  const Report report = watch(job, program, {.proc = proc});
  if (report.ending == Ending::exited && report.code == 0 && job.request.returns_file) return_file(job, folder);
  send_packet(job.report, &report, sizeof report);
  _exit(0);
}

}  // namespace

bool write_files(const Job& job, int where) {
  const uint32_t first = job.request.returns_file ? 1 : 0;
  for (uint32_t i = first; i < job.request.num_files; ++i) {
    const int from = job.files[i - first];
    struct stat info {};
    if (fstat(from, &info) != 0) return false;
    const int to = openat(where, job.names[i], O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0755);
    if (to < 0) return false;
    off_t at = 0;
    while (at < info.st_size)
      if (sendfile(to, from, &at, static_cast<size_t>(info.st_size - at)) <= 0) return false;
    close(to);
  }
  return true;
}

void return_file(const Job& job, int where) {
  const int made = openat(where, job.names[0], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat info {};
  if (made < 0 || fstat(made, &info) != 0 || !S_ISREG(info.st_mode)) return;
  Report report{};
  report.kind = ReportKind::file;
  send_packet(job.report, &report, sizeof report, &made, 1);
}

void become_program(const Job& job, const SystemCallRules& rules, const char* folder) {
  setsid();
  umask(022);
  const int report = take_descriptors(job);
  const auto fail_here = [&](const char* what) {
    report_failure(report, what);
    _exit(127);
  };
  if (!set_process_limits(job.request.limits)) fail_here("set the limits of a process");
  if (!drop_capabilities()) fail_here("drop capabilities");
  // Undone by execve; a program that is not executed wants to open /dev/stdin too, which a process that is not
  // dumpable cannot.
  prctl(PR_SET_DUMPABLE, 1);
  if (!restrict_system_calls(rules)) fail_here("install the system call filter");
  if (job.request.task == Task::execute) {
    execve(job.words[0], job.words, box_environment(folder));
    // A file that the run brought along is not the machine's: a linker can be talked into writing one that cannot run.
    if (job.words[0][0] != '/') _exit(126);
    fail_here(job.words[0]);
  }
  close(report);
}

pid_t start_box(const Job& job, bool chooses_ids, int* process_fd) {
  int start[2];
  if (pipe2(start, O_CLOEXEC) != 0) return -1;
  int handle = -1;
  // The bare system call: it forks and enters the namespaces at once. There is one thread, so nothing needs preparing.
  const pid_t process = static_cast<pid_t>(syscall(
      SYS_clone, static_cast<unsigned long>(kNamespaces | CLONE_PIDFD | SIGCHLD), nullptr, &handle, nullptr, nullptr));
  if (process == 0) {
    close(start[1]);
    run_first_process(job, start[0]);
    return 0;
  }
  int error = errno;
  close(start[0]);
  if (process > 0) {
    bool fine = map_ids(process, chooses_ids, job.request.outside_id);
    char number[16];
    std::snprintf(number, sizeof number, "%d", process);
    for (uint32_t i = 0; fine && i < job.request.num_cgroups; ++i)
      fine = write(job.cgroups[i], number, std::strlen(number)) > 0;
    fine = fine && write(start[1], "g", 1) == 1;
    error = errno;
    if (!fine) {
      kill(process, SIGKILL);
      waitpid(process, nullptr, 0);
      close(handle);
    }
    close(start[1]);
    if (fine) {
      *process_fd = handle;
      return process;
    }
  } else {
    close(start[1]);
  }
  errno = error;
  return -1;
}

}  // namespace cohort::sandbox
