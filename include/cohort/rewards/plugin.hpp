// A reward as a shared object that speaks cohort/plugin.h.
#pragma once

#include <string>

#include "cohort/rewards/subprocess.hpp"

namespace cohort::rewards {

struct PluginOptions {
  std::string path;       // of the shared object
  Settings settings;      // handed to its create()
  std::string host;       // the program cohort-plugin-host; empty: in this process, where a crash ends everything
  int64_t processes = 2;  // of the host, as are the limits below
  std::chrono::milliseconds deadline = std::chrono::seconds(10);
  int64_t memory_limit = int64_t{4} << 30;
  int64_t max_restarts = 5;
};

/// Loads it. Throws Error if there is no such file, it is no plugin or one of another version, it refuses the settings,
/// or it has a memory and is to live in a host, where a restart would lose it.
Rule plugin(PluginOptions options);

}  // namespace cohort::rewards
