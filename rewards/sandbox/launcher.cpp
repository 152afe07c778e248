// A program of one thread that starts boxes for a library that may have many: forking those would be unsafe, and slow
// where they are large. The library carries it inside itself and runs it from memory.
//
//   launcher namespaces|landlock SHOWN...     with the library's socket as descriptor 3
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "rewards/sandbox/confine.hpp"
#include "rewards/sandbox/landlock.hpp"
#include "rewards/sandbox/message.hpp"
#include "rewards/sandbox/root_folder.hpp"
#include "rewards/sandbox/server.hpp"

using namespace cohort::sandbox;

namespace {

/// Where memory runs out, the machine's killer should take a box rather than the training run.
void volunteer() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, "1000", 4) < 0) {
  }  // the run goes on without
  close(fd);
}

/// Returns nullptr, or what could not be done.
const char* prepare_landlock(char* work, size_t size) {
  if (landlock_version() < 4) {
    errno = ENOSYS;
    return "use Landlock version 4 (Linux 6.7)";
  }
  if (!make_work_folder(work, size)) return "make a folder for runs";
  return write_support_files(work) ? nullptr : "write the files of the folder for runs";
}

}  // namespace

int main(int num_arguments, char** arguments) {
  if (num_arguments < 2) return 2;
  reset_signals();
  signal(SIGPIPE, SIG_IGN);
  fcntl(kControlFd, F_SETFD, FD_CLOEXEC);
  close_from(kControlFd + 1);
  setsid();
  prctl(PR_SET_NAME, "cohort-launcher");
  volunteer();
  const char* const* shown = arguments + 2;
  ServerOptions options;
  WeakBoxOptions weak{};
  char work[64] = "";
  const char* failed = nullptr;
  if (std::strcmp(arguments[1], "landlock") == 0) {
    failed = prepare_landlock(work, sizeof work);
    weak = {.work = work, .shown = shown, .chooses_ids = geteuid() == 0};
    options.weak = &weak;
    options.chooses_ids = weak.chooses_ids;
  } else {
    failed = enter_root_folder(shown, &options.chooses_ids);
  }
  if (failed) {
    report_failure(kControlFd, failed);
    return 1;
  }
  Report ready{};
  ready.kind = ReportKind::ready;
  ready.code = options.chooses_ids ? 1 : 0;
  std::snprintf(ready.text, sizeof ready.text, "%s", options.weak ? work : "/.cohort");
  send_packet(kControlFd, &ready, sizeof ready);
  static Job job;
  serve(options, job);
  if (options.weak) remove_folder(work);
  return 0;
}
