#include "rewards/sandbox/server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "rewards/sandbox/box.hpp"
#include "rewards/sandbox/confine.hpp"
#include "rewards/sandbox/message.hpp"

namespace cohort::sandbox {
namespace {

constexpr int kMaxRunning = 1024;

/// Boxes, and interpreters, that were started and have not ended. `events` stands first for the control socket.
struct Running {
  pollfd events[1 + kMaxRunning];
  pid_t process[kMaxRunning];
  int report[kMaxRunning];  // −1 for an interpreter
  int count = 0;

  void add(pid_t started, int process_fd, int report_fd) {
    events[1 + count] = {process_fd, POLLIN, 0};
    process[count] = started;
    report[count++] = report_fd;
  }

  /// The process has ended: says so, and forgets it.
  void finish(int i) {
    int status = 0;
    waitpid(process[i], &status, 0);
    if (report[i] >= 0) {
      Report last{};
      last.kind = ReportKind::reaped;
      last.ending = WIFSIGNALED(status) ? Ending::signalled : Ending::exited;
      last.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
      send_packet(report[i], &last, sizeof last);
      close(report[i]);
    }
    close(events[1 + i].fd);
    --count;
    events[1 + i] = events[1 + count];
    process[i] = process[count];
    report[i] = report[count];
  }

  void end_all(bool gently) {
    for (int i = 0; i < count; ++i) kill(process[i], gently ? SIGTERM : SIGKILL);
    while (count > 0) finish(count - 1);
  }
};

/// A Python that will serve on a descriptor of its own. It is not confined: it runs no code but ours.
pid_t start_interpreter(const Job& job, int* process_fd) {
  const pid_t process = fork();
  if (process != 0) {
    if (process > 0) *process_fd = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
    return process;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == 1) _exit(1);
  reset_signals();
  const int report = take_descriptors(job);  // its socket comes as the arguments: descriptor 3
  execve(job.words[0], job.words, box_environment("/tmp"));
  report_failure(report, job.words[0]);
  _exit(127);
}

bool is_served(const ServerOptions& options, Task task) {
  return options.interprets ? task == Task::interpret || task == Task::call
                            : task == Task::execute || task == Task::start_interpreter;
}

/// Starts what the job asks for. 0 in a program that is to be interpreted.
pid_t start(const ServerOptions& options, const Job& job, int* process_fd) {
  if (job.request.task == Task::start_interpreter) return start_interpreter(job, process_fd);
  if (options.weak) return start_weak_box(job, *options.weak, process_fd);
  return start_box(job, options.chooses_ids, process_fd);
}

}  // namespace

int serve(const ServerOptions& options, Job& job) {
  static Running running;
  running.events[0] = {options.control, POLLIN, 0};
  while (true) {
    running.events[0].events = running.count < kMaxRunning ? POLLIN : 0;
    if (poll(running.events, static_cast<nfds_t>(1 + running.count), -1) < 0 && errno != EINTR) break;
    for (int i = running.count - 1; i >= 0; --i)
      if (running.events[1 + i].revents != 0) running.finish(i);
    if (running.events[0].revents == 0) continue;
    const int received = receive_job(options.control, job);
    if (received == 0) break;
    if (received < 0) continue;  // our own library sends no such packet; its run ends when its socket closes

    int process_fd = -1;
    errno = EINVAL;
    const pid_t process = is_served(options, job.request.task) ? start(options, job, &process_fd) : -1;
    if (process == 0) return 0;
    if (process < 0) {
      report_failure(job.report, "start a box");
    } else {
      Report started{};
      started.kind = ReportKind::started;
      send_packet(job.report, &started, sizeof started, &process_fd, 1);
      running.add(process, process_fd, job.request.task == Task::start_interpreter ? -1 : dup(job.report));
    }
    close_job(job);
  }
  running.end_all(options.weak != nullptr);
  return -1;
}

}  // namespace cohort::sandbox
