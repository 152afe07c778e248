#include "rewards/sandbox/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "cohort/error.hpp"
#include "rewards/sandbox/descriptors.hpp"
#include "rewards/sandbox/embedded.hpp"
#include "rewards/sandbox/message.hpp"
#include "rewards/sandbox/request.hpp"

namespace cohort::sandbox {
namespace {

constexpr int kStartMs = 60'000;  // to start a server on a busy machine

/// The server's first words. Throws Error unless they are "ready".
Report await_ready(int control, const std::string& who) {
  pollfd event{control, POLLIN, 0};
  int ready;
  do ready = poll(&event, 1, kStartMs);
  while (ready < 0 && errno == EINTR);
  check(ready > 0, "sandbox: {} said nothing for {} s", who, kStartMs / 1000);
  Report report{};
  const ptrdiff_t size = receive_packet(control, &report, sizeof report, nullptr, 0, nullptr);
  check(size == sizeof report, "sandbox: {} ended before it was ready", who);
  check(report.kind == ReportKind::ready, "sandbox: {} could not {}: {}", who, std::string(report.text),
        std::strerror(report.error));
  return report;
}

/// Runs a file in memory, with `control` as its descriptor 3 and no environment.
pid_t spawn(const Fd& program, std::vector<std::string> words, const Fd& control) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  char* environment[] = {nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, control.get(), kControlFd);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const std::string path = "/proc/self/fd/" + std::to_string(program.get());
  pid_t process = -1;
  const int error = posix_spawn(&process, path.c_str(), &actions, &attributes, arguments.data(), environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  check(error == 0, "sandbox: starting the launcher: {}", std::strerror(error));
  return process;
}

}  // namespace

LauncherProcess& LauncherProcess::operator=(LauncherProcess&& other) noexcept {
  std::swap(process, other.process);
  std::swap(control, other.control);
  std::swap(chooses_ids, other.chooses_ids);
  std::swap(folder, other.folder);
  return *this;
}

LauncherProcess::~LauncherProcess() {
  control.reset();  // it ends its boxes, then itself
  if (process > 0)
    while (waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
}

LauncherProcess start_launcher(bool landlock, const std::vector<std::string>& shown) {
  auto [ours, theirs] = make_socket();
  std::vector<std::string> words = {"cohort-launcher", landlock ? "landlock" : "namespaces"};
  words.insert(words.end(), shown.begin(), shown.end());
  LauncherProcess launcher;
  launcher.process = spawn(program_file(embedded::launcher), std::move(words), theirs);
  launcher.control = std::move(ours);
  theirs.reset();
  const Report ready = await_ready(launcher.control.get(), "the launcher");
  launcher.chooses_ids = ready.code != 0;
  launcher.folder = ready.text;
  return launcher;
}

Fd start_interpreter(const LauncherProcess& launcher, bool landlock, const std::string& python,
                     const std::vector<std::string>& shown) {
  auto [ours, theirs] = make_socket();
  auto [report, their_report] = make_socket();
  const Fd nothing = sealed_file("");
  const Fd errors = program_file("");
  RequestWriter request(Task::start_interpreter);
  for (const char* word : {python.c_str(), "-s", "-B", "-X", "utf8"}) request.add_word(word);
  request.add_word(launcher.folder + "/interpreter.py");
  request.add_word(launcher.chooses_ids ? "1" : "0");
  if (landlock) {
    request.add_word(launcher.folder);
    for (const std::string& path : shown) request.add_word(path);
  }
  request.fields.has_result = 1;  // its control socket comes as the arguments, descriptor 3
  for (const int fd : {their_report.get(), nothing.get(), errors.get(), errors.get(), theirs.get(), errors.get()})
    request.add_fd(fd);
  check(request.send(launcher.control.get()), "sandbox: asking the launcher for a Python: {}", std::strerror(errno));
  their_report.reset();
  theirs.reset();
  try {
    await_ready(ours.get(), python);
  } catch (const Error& error) {
    const std::string told = read_file(errors.get(), 2000);
    check(told.empty(), "{}: {}", error.what(), told);
    throw;
  }
  return std::move(ours);
}

}  // namespace cohort::sandbox
