// A program that runs beside this one, with pipes to its stdin, stdout and stderr.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cohort::rewards {

/// The three pipes never block. The child leads a process group of its own, and dies with the thread that started it:
/// start it from a thread that lives as long as it shall. Destroying it kills the group and waits for it.
class ChildProcess {
 public:
  /// Throws Error if the program cannot be started. `memory_limit`: bytes of address space; 0: none.
  ChildProcess(const std::vector<std::string>& command, const std::string& directory, int64_t memory_limit);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;

  int input() const { return input_; }    // written here, read by it; −1 once closed
  int output() const { return output_; }  // what it writes to stdout
  int errors() const { return errors_; }  // what it writes to stderr
  void close_input();
  bool has_exited();  // by itself

  /// Kills what is left of the group and says how the leader ended: "exited with status 3", "was killed by signal 9
  /// (Killed)".
  std::string end();

 private:
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;
  int status_ = 0;
  bool is_reaped_ = false, is_ended_ = false;
};

}  // namespace cohort::rewards
