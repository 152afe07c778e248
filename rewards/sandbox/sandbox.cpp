#include "cohort/sandbox.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>

#include "cohort/error.hpp"
#include "rewards/sandbox/cgroup.hpp"
#include "rewards/sandbox/collect.hpp"
#include "rewards/sandbox/descriptors.hpp"
#include "rewards/sandbox/request.hpp"
#include "rewards/sandbox/server_process.hpp"

namespace cohort {
namespace {

using namespace sandbox;

const char* const kToolFolders[] = {"/usr/local/bin", "/usr/bin", "/bin"};

std::string find_python() {
  for (const std::string folder : kToolFolders) {
    const std::string path = folder + "/python3";
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

/// The folders that programs see. Links are shown as links.
std::vector<std::string> shown_paths(const SandboxOptions& options) {
  std::vector<std::string> shown = {
      "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives", "/etc/ld.so.cache"};
  for (const std::string& path : options.read_only_paths) {
    check(path.starts_with('/') && path.size() > 1, "sandbox: read_only_paths must be absolute, got \"{}\"", path);
    shown.push_back(path);
  }
  return shown;
}

Limits to_wire(const SandboxLimits& limits) {
  const auto count = [](const char* name, int64_t value, int64_t least) {
    check(value >= least, "sandbox: {} must be at least {}, got {}", name, least, value);
    return static_cast<uint64_t>(value);
  };
  check(limits.cpu_seconds > 0 && limits.cpu_seconds < 1e6, "sandbox: cpu_seconds must be above 0, got {}",
        limits.cpu_seconds);
  check(limits.wall_seconds >= 0 && limits.wall_seconds < 1e6, "sandbox: wall_seconds must not be negative, got {}",
        limits.wall_seconds);
  const double wall = limits.wall_seconds > 0 ? limits.wall_seconds : 2 * limits.cpu_seconds + 1;
  return {.cpu_us = static_cast<uint64_t>(limits.cpu_seconds * 1e6),
          .wall_us = static_cast<uint64_t>(wall * 1e6),
          .memory_bytes = count("memory_bytes", limits.memory_bytes, 1 << 20),
          .address_space_bytes = count("address_space_bytes", limits.address_space_bytes, 0),
          .disk_bytes = count("disk_bytes", limits.disk_bytes, 1 << 12),
          .disk_files = count("disk_files", limits.disk_files, 8),
          .processes = count("processes", limits.processes, 1) + 1,  // and the box's first
          .open_files = count("open_files", limits.open_files, 8),
          .stack_bytes = count("stack_bytes", limits.stack_bytes, 1 << 16)};
}

bool is_server_gone(int error) { return error == EPIPE || error == ECONNRESET || error == ENOTCONN; }

}  // namespace

struct Sandbox::State {
  SandboxOptions options;
  SandboxTier tier = SandboxTier::namespaces;
  std::vector<std::string> shown;
  std::string python;
  std::optional<CgroupPool> cgroups;
  std::atomic<uint32_t> next_id = 0;

  // Servers are replaced when they are gone; a run holds the one it was sent to.
  std::mutex mutex;
  std::shared_ptr<LauncherProcess> launcher;
  std::shared_ptr<Fd> interpreter;
  std::string why_no_interpreter;

  /// Must hold the mutex.
  void start() {
    const bool landlock = tier == SandboxTier::landlock;
    interpreter.reset();
    launcher = std::make_shared<LauncherProcess>(start_launcher(landlock, shown));
    if (python.empty() || !options.fork_interpreter) return;
    try {
      interpreter = std::make_shared<Fd>(start_interpreter(*launcher, landlock, python, shown));
      why_no_interpreter.clear();
    } catch (const Error& error) {
      why_no_interpreter = error.what();
    }
  }

  struct Servers {
    std::shared_ptr<LauncherProcess> launcher;
    std::shared_ptr<Fd> interpreter;
  };

  Servers servers() {
    const std::lock_guard lock(mutex);
    if (!launcher) start();
    return {launcher, interpreter};
  }

  /// The next run starts new servers.
  void forget(const Servers& gone) {
    const std::lock_guard lock(mutex);
    if (launcher == gone.launcher) launcher.reset(), interpreter.reset();
  }

  /// A user that no other run has, far above those of people and daemons.
  uint32_t outside_id() {
    const uint32_t process = static_cast<uint32_t>(getpid()) % 20'000;
    return 0x5f000000u + process * 1024 + next_id++ % 1024;
  }
};

Sandbox::Sandbox(SandboxOptions options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->python = options.python.empty() ? find_python() : options.python;
  check(state_->python.empty() || state_->python.starts_with('/'),
        "sandbox: python must be an absolute path, got \"{}\"", state_->python);
  state_->shown = shown_paths(options);
  if (options.use_cgroups) {
    state_->cgroups.emplace();
    if (!state_->cgroups->available()) state_->cgroups.reset();
  }
  std::string reasons;
  for (const SandboxTier tier : {SandboxTier::namespaces, SandboxTier::landlock}) {
    if (tier < options.strongest || tier > options.weakest) continue;
    state_->tier = tier;
    try {
      {
        const std::lock_guard lock(state_->mutex);
        state_->start();
      }
      run({.command = {"/bin/sh", "-c", "exit 42"}});
      return;
    } catch (const Error& error) {
      reasons += fmt::format("{}{}", reasons.empty() ? "" : "; ", error.what());
    }
  }
  throw Error(
      fmt::format("sandbox: unavailable: {}{}", reasons,
                  options.weakest == SandboxTier::namespaces ? "; the weaker tier landlock was not asked for" : ""));
}

Sandbox::~Sandbox() = default;

SandboxResult Sandbox::run(const SandboxRun& run) const {
  State& state = *state_;
  const State::Servers servers = state.servers();
  const bool is_python = run.task != SandboxTask::command;
  check(!is_python || !state.python.empty(), "sandbox: there is no python3 on this machine");
  const bool copies = is_python && servers.interpreter;
  const bool calls = run.task == SandboxTask::python_call;

  RequestWriter request(!copies ? Task::execute : calls ? Task::call : Task::interpret);
  request.fields.limits = to_wire(run.limits);
  request.fields.outside_id = state.outside_id();
  std::vector<std::string> command = run.command;
  if (copies) {
    command.clear();
  } else if (is_python) {
    command = {state.python, "-s", "-B", "-X", "utf8", calls ? servers.launcher->folder + "/call.py" : "main.py"};
  } else {
    check(!command.empty() && (command[0].starts_with('/') || command[0].starts_with("./")),
          "sandbox: a command must start with an absolute path, or with ./ and one of its files");
  }
  for (const std::string& word : command) request.add_word(word);

  const std::shared_ptr<Cgroup> cgroup = state.cgroups ? state.cgroups->take() : nullptr;
  const bool limited = cgroup && cgroup->set_limits(run.limits.memory_bytes, run.limits.processes + 1);
  request.fields.watches_memory = limited ? 0 : 1;
  request.fields.num_cgroups = limited ? static_cast<uint32_t>(cgroup->groups().size()) : 0;

  auto [report, their_report] = make_socket();
  Pipe output = make_pipe(), errors = make_pipe(), result;
  std::vector<Fd> contents;
  contents.push_back(sealed_file(run.input));
  request.add_fd(their_report.get());
  if (limited)
    for (const Cgroup::Group& group : cgroup->groups()) request.add_fd(group.processes.get());
  for (const int fd : {contents[0].get(), output.write.get(), errors.write.get()}) request.add_fd(fd);
  if (calls) {
    result = make_pipe();
    contents.push_back(sealed_file(run.arguments));
    request.fields.has_result = 1;
    request.add_fd(contents.back().get());
    request.add_fd(result.write.get());
  }
  if (!run.returned_file.empty()) {
    request.add_file_name(run.returned_file);
    request.fields.returns_file = 1;
  }
  for (const SandboxFile& file : run.files) {
    request.add_file_name(file.name);
    contents.push_back(sealed_file(file.content));
    request.add_fd(contents.back().get());
  }
  const bool sent = request.send(copies ? servers.interpreter->get() : servers.launcher->control.get());
  if (!sent) {
    const int error = errno;
    if (is_server_gone(error)) state.forget(servers);
    check(false, "sandbox: sending a run to its server: {}", std::strerror(error));
  }
  their_report.reset();
  output.write.reset(), errors.write.reset(), result.write.reset();
  contents.clear();

  Collected collected = collect(report.get(), output.read.get(), errors.read.get(), result.read.get(), run.limits,
                                static_cast<double>(request.fields.limits.wall_us) / 1e6,
                                state.tier == SandboxTier::namespaces ? SIGKILL : SIGTERM);
  if (collected.server_is_gone) {
    state.forget(servers);
    check(false, "sandbox: the server of boxes ended during a run");
  }
  check(collected.failure.empty(), "sandbox: could not {}", collected.failure);
  if (cgroup && limited && cgroup->ran_out_of_memory() && collected.result.end != SandboxEnd::output_limit)
    collected.result.end = SandboxEnd::memory_limit;
  return std::move(collected.result);
}

SandboxTier Sandbox::tier() const { return state_->tier; }

const std::string& Sandbox::python() const { return state_->python; }

std::string Sandbox::describe() const {
  const State& state = *state_;
  const std::lock_guard lock(state_->mutex);
  const std::string user =
      state.launcher && state.launcher->chooses_ids ? "a user of its own for each run" : "the user of this process";
  const std::string memory =
      state.cgroups ? fmt::format("cgroup v{}", state.cgroups->version()) : std::string("watching the processes");
  const std::string python = state.python.empty() ? "none"
                             : state.interpreter  ? state.python + ", copied"
                             : state.why_no_interpreter.empty()
                                 ? state.python
                                 : state.python + ", not copied: " + state.why_no_interpreter;
  return fmt::format("sandbox: {}; outside it is {}; memory limited by {}; Python: {}",
                     state.tier == SandboxTier::namespaces ? "namespaces" : "landlock (weaker)", user, memory, python);
}

}  // namespace cohort
