#include "rewards/adapters/child_process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cohort/error.hpp"

namespace cohort::rewards {
namespace {

struct Pipe {
  int read = -1, write = -1;

  Pipe() {
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0, "cannot make a pipe: {}", std::strerror(errno));
    read = ends[0], write = ends[1];
  }
  ~Pipe() {
    if (read >= 0) close(read);
    if (write >= 0) close(write);
  }
  Pipe(const Pipe&) = delete;
};

void set_nonblocking(int file) { fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK); }

/// In the child, between fork and exec: only calls that are safe there. Tells what failed over `report`.
[[noreturn]] void become(char* const* arguments, const char* directory, int64_t memory_limit, const int (&files)[3],
                         int report, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before the line above
  for (int file = 0; file < 3; ++file) dup2(files[file], file);
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  bool is_fine = true;
  if (memory_limit > 0) {
    const rlimit limit = {static_cast<rlim_t>(memory_limit), static_cast<rlim_t>(memory_limit)};
    is_fine = setrlimit(RLIMIT_AS, &limit) == 0;
  }
  if (is_fine && *directory != '\0') is_fine = chdir(directory) == 0;
  if (is_fine) execvp(arguments[0], arguments);
  const int reason = errno;
  [[maybe_unused]] const ssize_t told = write(report, &reason, sizeof reason);
  _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& directory,
                           int64_t memory_limit) {
  check(!command.empty() && !command.front().empty(), "no command to run");
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Pipe in, out, err, report;
  const pid_t parent = getpid();
  pid_ = fork();
  check(pid_ >= 0, "cannot start \"{}\": {}", command.front(), std::strerror(errno));
  if (pid_ == 0)
    become(arguments.data(), directory.c_str(), memory_limit, {in.read, out.write, err.write}, report.write, parent);
  setpgid(pid_, pid_);  // whoever of the two comes first
  close(std::exchange(report.write, -1));
  int reason = 0;
  ssize_t told = 0;
  do told = read(report.read, &reason, sizeof reason);
  while (told < 0 && errno == EINTR);
  if (told == sizeof reason) {
    waitpid(pid_, nullptr, 0);
    throw Error(fmt::format("cannot run \"{}\"{}: {}", command.front(), directory.empty() ? "" : " in " + directory,
                            std::strerror(reason)));
  }
  input_ = std::exchange(in.write, -1);
  output_ = std::exchange(out.read, -1);
  errors_ = std::exchange(err.read, -1);
  for (const int file : {input_, output_, errors_}) set_nonblocking(file);
}

ChildProcess::~ChildProcess() {
  end();
  close_input();
  close(output_);
  close(errors_);
}

void ChildProcess::close_input() {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

bool ChildProcess::has_exited() {
  if (!is_reaped_) is_reaped_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return is_reaped_;
}

std::string ChildProcess::end() {
  if (!std::exchange(is_ended_, true)) {
    const bool was_alive = !has_exited();
    kill(-pid_, SIGKILL);  // its descendants as well
    if (was_alive) {
      while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
      }
      is_reaped_ = true;
    }
  }
  if (WIFEXITED(status_)) return fmt::format("exited with status {}", WEXITSTATUS(status_));
  const int number = WTERMSIG(status_);
  return fmt::format("was killed by signal {} ({})", number, strsignal(number));
}

}  // namespace cohort::rewards
