// What the Python that forks loads: the same server as the launcher's, whose programs are copies of the interpreter.
#include "rewards/sandbox/message.hpp"
#include "rewards/sandbox/server.hpp"

using namespace cohort::sandbox;

/// Tells that the interpreter is ready and serves. Returns −1 at the end; in a program, inside its box and with all
/// given up: 0 to interpret main.py, 1 to call a function of it. `work` is null where there are namespaces; `shown`
/// ends with a null pointer.
extern "C" __attribute__((visibility("default"))) int cohort_serve_interpreter(int chooses_ids, const char* work,
                                                                               const char* const* shown) {
  static Job job;
  Report ready{};
  ready.kind = ReportKind::ready;
  if (!send_packet(kControlFd, &ready, sizeof ready)) return -1;
  const WeakBoxOptions weak{.work = work, .shown = shown, .chooses_ids = chooses_ids != 0};
  const ServerOptions options{.chooses_ids = chooses_ids != 0, .weak = work ? &weak : nullptr, .interprets = true};
  if (serve(options, job) != 0) return -1;
  return job.request.task == Task::call ? 1 : 0;
}
