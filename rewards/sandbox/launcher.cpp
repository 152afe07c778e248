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
  ServerOptions options;
  options.landlock = std::strcmp(arguments[1], "landlock") == 0;
  const char* failed = nullptr;
  if (!options.landlock) failed = enter_root_folder(arguments + 2, &options.chooses_ids);
  if (failed) {
    report_failure(kControlFd, failed);
    return 1;
  }
  Report ready{};
  ready.kind = ReportKind::ready;
  std::snprintf(ready.text, sizeof ready.text, "%s", options.chooses_ids ? "root" : "user");
  send_packet(kControlFd, &ready, sizeof ready);
  static Job job;
  serve(options, job);
  return 0;
}
