// SIGINT and SIGTERM ask a run to stop after its step; the second one stops it at once.
#pragma once

namespace cohort::cli {

/// From here on the first signal is only noted. The second ends the process with 128 + signal.
void note_signals();

/// The signal that was noted; 0: none.
int noted_signal();

}  // namespace cohort::cli
