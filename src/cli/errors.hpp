// How a command ends: what it throws decides the exit code.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

namespace cohort::cli {

/// Wrong usage or bad input, found before anything was done. Exit code 2, like an Error that escapes before work().
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The work began and did not succeed. Exit code 1.
class Failure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Ended by a signal after saving. Exit code 128 + signal.
struct Interrupted {
  int signal;
};

/// Runs what a command does once all its input is known to be good: an Error from here on is a Failure.
void work(const std::function<void()>& body);

/// Runs `body` and turns what it throws into one line on stderr, `cohort COMMAND: message`, and an exit code.
int guarded(const std::string& command, const std::function<void()>& body);

/// A message of the library as a user should read it: one line, without the place in the source at its end.
std::string one_line(std::string message);

/// Checks that everything written to stdout has arrived. Throws Failure.
void flush_output();

}  // namespace cohort::cli
