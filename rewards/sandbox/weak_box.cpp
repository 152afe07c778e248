#include "rewards/sandbox/weak_box.hpp"

#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "rewards/sandbox/box.hpp"
#include "rewards/sandbox/confine.hpp"
#include "rewards/sandbox/landlock.hpp"
#include "rewards/sandbox/message.hpp"
#include "rewards/sandbox/watch.hpp"

namespace cohort::sandbox {
namespace {

[[noreturn]] void fail(const Job& job, const char* what) {
  report_failure(job.report, what);
  _exit(1);
}

/// Ends whatever the program has left, all of it in the program's own session and children of this process.
void end_program(pid_t program) {
  kill(-program, SIGKILL);
  kill(program, SIGKILL);
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

bool take_ids(const Job& job, const WeakBoxOptions& options) {
  if (!options.chooses_ids) return true;
  const uint32_t id = job.request.outside_id;
  return setgroups(0, nullptr) == 0 && setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0;
}

/// The watching process of a run. Comes back in a program that is to be interpreted.
void run_watcher(Job job, const WeakBoxOptions& options) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setsid();
  reset_signals();
  stop_watching_on(SIGTERM);
  char folder[PATH_MAX];
  std::snprintf(folder, sizeof folder, "%s/run-%d", options.work, static_cast<int>(getpid()));
  if (mkdir(folder, 0700) != 0) fail(job, "make a folder for the run");
  const int where = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (where < 0 || fchdir(where) != 0 || !write_files(job, where)) fail(job, "write the program's files");
  if (options.chooses_ids && fchown(where, job.request.outside_id, job.request.outside_id) != 0)
    fail(job, "give the folder to the run's user");
  // Counted over all processes of a user: only a user of its own can have a limit.
  if (!options.chooses_ids) job.request.limits.processes = 1 << 20;
  const bool compiles = job.request.returns_file != 0;

  const pid_t program = fork();
  if (program < 0) fail(job, "fork");
  if (program == 0) {
    stop_watching_on(0);
    if (!take_ids(job, options)) fail(job, "become the user of the run");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A program may not make files, for nothing would limit their number; nor processes, for nothing would end them.
    if (!restrict_files(options.shown, folder, compiles)) fail(job, "give up the host's files");
    become_program(job, {.may_fork = compiles, .may_leave_group = false, .may_signal = false}, folder);
    return;
  }
  for (int i = 0; i < 3; ++i) close(job.standard[i]);
  if (job.result >= 0) close(job.arguments), close(job.result);
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const Report report = watch(job, program, {.proc = proc, .only = program});
  end_program(program);
  if (report.ending == Ending::exited && report.code == 0 && compiles) return_file(job, where);
  send_packet(job.report, &report, sizeof report);
  remove_folder(folder);
  _exit(0);
}

int remove_entry(const char* path, const struct stat*, int, struct FTW*) { return remove(path); }

}  // namespace

bool make_work_folder(char* path, size_t size) {
  for (const char* pattern : {"/dev/shm/cohort-XXXXXX", "/tmp/cohort-XXXXXX"}) {
    std::snprintf(path, size, "%s", pattern);
    if (!mkdtemp(path)) continue;
    chmod(path, 0711);
    return true;
  }
  return false;
}

void remove_folder(const char* path) { nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

pid_t start_weak_box(const Job& job, const WeakBoxOptions& options, int* process_fd) {
  const pid_t process = fork();
  if (process == 0) {
    run_watcher(job, options);
    return 0;
  }
  if (process > 0) *process_fd = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  return process;
}

}  // namespace cohort::sandbox
