// What the Python that forks loads: the same server as the launcher's, whose programs are copies of the interpreter.
#include "rewards/sandbox/message.hpp"
#include "rewards/sandbox/server.hpp"

using namespace cohort::sandbox;

/// Tells that the interpreter is ready and serves. Returns −1 at the end; in a program, inside its box and with all
/// given up: 0 to interpret main.py, 1 to call a function of it.
extern "C" __attribute__((visibility("default"))) int cohort_serve_interpreter(int chooses_ids, int landlock) {
  static Job job;
  Report ready{};
  ready.kind = ReportKind::ready;
  if (!send_packet(kControlFd, &ready, sizeof ready)) return -1;
  if (serve({.chooses_ids = chooses_ids != 0, .landlock = landlock != 0, .interprets = true}, job) != 0) return -1;
  return job.request.task == Task::call ? 1 : 0;
}
