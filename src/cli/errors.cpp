#include "src/cli/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "cohort/error.hpp"

namespace cohort::cli {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// " (FILE.cpp:12)" at the end, as check() appends it.
void drop_source_location(std::string& message) {
  if (message.empty() || message.back() != ')') return;
  const size_t open = message.rfind(" (");
  const size_t colon = message.rfind(':');
  if (open == std::string::npos || colon == std::string::npos || colon < open) return;
  const std::string_view file(message.data() + open + 2, colon - open - 2);
  if (!file.ends_with(".cpp") && !file.ends_with(".hpp") && !file.ends_with(".cu")) return;
  for (size_t i = colon + 1; i + 1 < message.size(); ++i)
    if (!is_digit(message[i])) return;
  message.resize(open);
}

int report(const std::string& command, const char* message, int code) {
  std::fflush(stdout);
  fmt::print(stderr, "cohort {}: {}\n", command, one_line(message));
  return code;
}

}  // namespace

std::string one_line(std::string message) {
  drop_source_location(message);
  std::string line;
  for (const char c : message) {
    const bool is_break = c == '\n' || c == '\r';
    if (!is_break)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

void work(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    throw Failure(error.what());
  }
}

void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw Failure(fmt::format("standard output: could not be written: {}", std::strerror(errno)));
}

int guarded(const std::string& command, const std::function<void()>& body) {
  try {
    body();
    flush_output();
    return 0;
  } catch (const Interrupted& interrupted) {
    return 128 + interrupted.signal;
  } catch (const UsageError& error) {
    return report(command, error.what(), 2);
  } catch (const Failure& error) {
    return report(command, error.what(), 1);
  } catch (const Error& error) {
    return report(command, error.what(), 2);
  } catch (const std::bad_alloc&) {
    return report(command, "out of memory", 1);
  } catch (const std::exception& error) {
    return report(command, error.what(), 1);
  }
}

}  // namespace cohort::cli
