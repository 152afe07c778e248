#include "cohort/rewards/plugin.hpp"

#include <utility>

#include "cohort/error.hpp"
#include "rewards/adapters/plugin_library.hpp"

namespace cohort::rewards {
namespace {

/// A plugin that wants its problems one after another.
class SerialPlugin : public StatefulReward {
 public:
  explicit SerialPlugin(std::shared_ptr<PluginLibrary> library) : library_(std::move(library)) {}

  Grade grade(const Problem& problem, const Completion& completion) override {
    return std::move(library_->grade(problem, {&completion, 1}).front());
  }
  std::vector<Grade> grade_group(const Problem& problem, std::span<const Completion> completions) override {
    return library_->grade(problem, completions);
  }
  std::string state() const override { return library_->state(); }
  void restore(const std::string& state) override {
    if (library_->has_state() || !state.empty()) library_->restore(state);
  }

 private:
  std::shared_ptr<PluginLibrary> library_;
};

}  // namespace

Rule plugin(PluginOptions options) {
  if (!options.host.empty())
    return subprocess({.command = {options.host, options.path},
                       .settings = std::move(options.settings),
                       .processes = options.processes,
                       .deadline = options.deadline,
                       .memory_limit = options.memory_limit,
                       .max_restarts = options.max_restarts,
                       .tokens = true});
  const auto library = std::make_shared<PluginLibrary>(options.path, options.settings);
  if (library->is_serial()) return std::make_shared<SerialPlugin>(library);
  return GroupRule([library](const Problem& problem, std::span<const Completion> completions) {
    return library->grade(problem, completions);
  });
}

}  // namespace cohort::rewards
