// A shared object that speaks cohort/plugin.h, loaded into this process.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cohort/parameter.hpp"
#include "cohort/reward.hpp"

struct cohort_plugin;

namespace cohort::rewards {

class PluginLibrary {
 public:
  /// Throws Error if there is no such file, it exports no plugin or one of another version, or refuses the settings.
  PluginLibrary(const std::string& path, const Settings& settings);
  ~PluginLibrary();
  PluginLibrary(const PluginLibrary&) = delete;

  bool has_state() const;
  bool is_serial() const;  // or has a state
  std::vector<Grade> grade(const Problem& problem, std::span<const Completion> completions) const;
  std::string state() const;  // empty if it has none
  void restore(const std::string& state) const;

 private:
  std::string path_;
  void* library_ = nullptr;
  const cohort_plugin* plugin_ = nullptr;
  void* reward_ = nullptr;
};

}  // namespace cohort::rewards
