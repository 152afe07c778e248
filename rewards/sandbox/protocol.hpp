// What the library asks of a server of boxes, and what it hears back. Both ends are one build: plain structs do.
//
// The library sends a Request as one packet of a SOCK_SEQPACKET socket, with the descriptors that the box will use; the
// first of them is a socket of its own for this run, on which Reports come back.
#pragma once

#include <cstdint>

namespace cohort::sandbox {

inline constexpr int kControlFd = 3;           // where a server finds its socket
inline constexpr int kArgumentsFd = 3;         // where a program finds its arguments, if it has any
inline constexpr int kResultFd = 4;            // where it writes its result
inline constexpr uint32_t kMaxText = 1 << 14;  // bytes of the words of a request
inline constexpr uint32_t kMaxWords = 128;
inline constexpr uint32_t kMaxFiles = 16;
inline constexpr uint32_t kMaxFds = 8 + kMaxFiles;

enum class Task : uint32_t {
  execute,            // execve the command
  start_interpreter,  // start the Python that forks, as a server on the descriptor sent along
  interpret,          // to that Python: run the file main.py
  call,               // to that Python: call a function of main.py with the arguments sent along
};

struct Limits {
  uint64_t cpu_us;
  uint64_t wall_us;
  uint64_t memory_bytes;         // of all processes and files of the box together
  uint64_t address_space_bytes;  // of each process; 0 is no limit
  uint64_t disk_bytes;
  uint64_t disk_files;
  uint64_t processes;
  uint64_t open_files;
  uint64_t stack_bytes;
};

/// Followed by `num_words` words of the command, then `num_files` file names, each ended by NUL.
/// Descriptors: report, cgroup.procs × num_cgroups, stdin, stdout, stderr, (arguments, result), the files' contents.
struct Request {
  Task task;
  Limits limits;
  uint32_t num_words;
  uint32_t num_files;
  uint32_t num_cgroups;
  uint32_t has_result;      // arguments and result are there
  uint32_t returns_file;    // the first file name is what the command makes: it is not there before
  uint32_t watches_memory;  // no cgroup does
  uint32_t outside_id;      // the user and group that the box is outside, where the server may choose
};

enum class ReportKind : uint32_t {
  ready,     // a server: it can serve; text: where its files are; code: whether each run has a user of its own
  started,   // with the process descriptor of the box's first process
  finished,  // the program ended, or was ended
  file,      // with a descriptor of the file that was to be returned
  failed,    // the machine could not do what was asked: text and errno
  reaped,    // the last: nothing of the box is left
};

enum class Ending : uint32_t { exited, signalled, cpu_time, wall_time, memory };

struct Report {
  ReportKind kind;
  Ending ending;
  int32_t code;   // exit status, or signal
  int32_t error;  // errno
  uint64_t cpu_us;
  uint64_t wall_us;
  uint64_t peak_bytes;
  char text[96];
};

}  // namespace cohort::sandbox
