// Runs programs that nobody trusts: each in a box of its own, of which nothing is left when run() returns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cohort {

enum class SandboxTier {
  namespaces,  // a machine of its own, as the program sees it: users, processes, files, network
  landlock,    // where a container allows no namespaces: the host's processes and users, but not its files and network
};

struct SandboxOptions {
  // The strongest tier between these two that works is used.
  SandboxTier strongest = SandboxTier::namespaces;
  SandboxTier weakest = SandboxTier::namespaces;
  bool use_cgroups = true;                        // where they can be written
  bool fork_interpreter = true;                   // start Python once and copy it for each program
  std::string python;                             // absolute path; empty: the one of /usr/local/bin, /usr/bin or /bin
  std::vector<std::string> read_only_paths;       // shown to programs besides /usr, /bin, /lib* and a minimal /etc
};

struct SandboxLimits {
  double cpu_seconds = 5;
  double wall_seconds = 0;           // 0: 2 · cpu_seconds + 1
  int64_t memory_bytes = 512 << 20;  // of all processes of a run and the files they write, together
  int64_t address_space_bytes = 0;   // of each process; 0: no limit
  int64_t disk_bytes = 64 << 20;
  int64_t disk_files = 1024;
  int64_t processes = 64;  // and threads
  int64_t open_files = 256;
  int64_t stack_bytes = 64 << 20;
  int64_t output_bytes = 16 << 20;  // of each of stdout and the result
};

struct SandboxFile {
  std::string name;  // in /tmp, where the program runs
  std::string_view content;
};

enum class SandboxTask {
  command,      // run the command
  python,       // run main.py
  python_call,  // call a function of main.py: arguments in, an encoded value out, see docs/code-rewards.md
};

struct SandboxRun {
  SandboxTask task = SandboxTask::command;
  std::vector<std::string> command;  // its first word is an absolute path
  std::vector<SandboxFile> files;
  std::string_view input;      // stdin
  std::string_view arguments;  // of python_call: {"function": name, "args": [...]}
  std::string returned_file;   // name of a file that the command makes; read if it exits with 0
  SandboxLimits limits;
};

enum class SandboxEnd {
  exited,      // code is its exit status
  signalled,   // code is the signal
  forbidden,   // it made a system call that no honest program makes
  time_limit,  // CPU or wall time
  memory_limit,
  output_limit,
};

struct SandboxResult {
  SandboxEnd end = SandboxEnd::exited;
  int code = 0;
  std::string output;        // stdout
  std::string error_output;  // the first 64 KiB of stderr
  std::string result;        // what python_call's function returned
  std::string returned_file;
  double cpu_seconds = 0;  // of the program and the children it waited for
  double wall_seconds = 0;
  int64_t peak_bytes = 0;
};

/// Starts and holds a small process that makes the boxes. Any number of threads may run programs at once.
class Sandbox {
 public:
  /// Probes the machine by running a program. Throws Error if no tier that is accepted works, and says why.
  explicit Sandbox(SandboxOptions options = {});
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;

  /// Runs one program, and returns once every process and file of its box is gone. What the program does is a result;
  /// Error is thrown only if the machine fails, or for a run that is not well formed.
  SandboxResult run(const SandboxRun& run) const;

  SandboxTier tier() const;
  /// The tier, how memory is limited, and whether Python is copied: a line for a log.
  std::string describe() const;
  /// The Python that runs programs; empty if there is none.
  const std::string& python() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cohort
