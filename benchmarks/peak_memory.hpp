// The most memory of this process between two points, as Linux counts it.
#pragma once

#include <fstream>
#include <string>

#include "cohort/error.hpp"

namespace cohort::benchmarks {

/// Bytes in memory now ("VmRSS"), or the most since reset_peak_memory() ("VmHWM").
inline int64_t memory_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name; status.ignore(256, '\n'))
    if (name == field + ":") {
      int64_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes * 1024;
    }
  check(false, "/proc/self/status: no {}", field);
  return 0;
}

inline void reset_peak_memory() {
  std::ofstream reset("/proc/self/clear_refs");
  reset << 5 << std::flush;
  check(reset.good(), "/proc/self/clear_refs: the kernel does not let the peak be reset");
}

}  // namespace cohort::benchmarks
