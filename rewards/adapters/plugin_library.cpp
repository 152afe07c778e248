#include "rewards/adapters/plugin_library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "cohort/error.hpp"
#include "cohort/plugin.h"

namespace cohort::rewards {
namespace {

cohort_text as_text(const std::string& text) { return {text.data(), text.size()}; }

std::vector<cohort_pair> as_pairs(const std::map<std::string, std::string>& map) {
  std::vector<cohort_pair> pairs;
  for (const auto& [name, value] : map) pairs.push_back({as_text(name), as_text(value)});
  return pairs;
}

/// A plugin's text, which may lack its final 0.
template <size_t size>
std::string text_of(const char (&text)[size]) {
  return {text, strnlen(text, size)};
}

Grade grade_of(const cohort_grade& given) {
  if (given.status != COHORT_SCORED && given.status != COHORT_NOT_APPLICABLE && given.status != COHORT_FAILED)
    return Grade::failed(fmt::format("answered status {}, which is not one of cohort_status", given.status));
  if (given.status == COHORT_FAILED) {
    const std::string reason = text_of(given.error);
    return Grade::failed(reason.empty() ? "the plugin failed and did not say why" : reason);
  }
  if (given.num_columns > std::size(given.columns))
    return Grade::failed(
        fmt::format("answered {} columns, expected at most {}", given.num_columns, std::size(given.columns)));
  Grade grade;
  if (given.status == COHORT_SCORED) grade.score = given.score;
  grade.verdict = text_of(given.verdict);
  if (given.extracted[0] != '\0') grade.extracted = text_of(given.extracted);
  for (uint32_t i = 0; i < given.num_columns; ++i)
    grade.columns.emplace_back(text_of(given.columns[i].name), given.columns[i].value);
  return grade;
}

}  // namespace

PluginLibrary::PluginLibrary(const std::string& path, const Settings& settings) : path_(path) {
  check(std::filesystem::is_regular_file(path), "plugin {}: there is no such file", path);
  // With a slash: dlopen would look for a bare name among the system's libraries.
  const std::string place = std::filesystem::absolute(path).string();
  library_ = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  check(library_ != nullptr, "plugin {}: {}", path, dlerror());
  try {
    const auto get = reinterpret_cast<const cohort_plugin* (*)()>(dlsym(library_, "cohort_reward_plugin"));
    check(get != nullptr, "plugin {}: it exports no function cohort_reward_plugin", path);
    plugin_ = get();
    check(plugin_ != nullptr, "plugin {}: cohort_reward_plugin() returned NULL", path);
    check(plugin_->version == COHORT_PLUGIN_VERSION, "plugin {}: made for version {} of cohort/plugin.h, expected {}",
          path, plugin_->version, COHORT_PLUGIN_VERSION);
    check(plugin_->create && plugin_->grade && plugin_->destroy, "plugin {}: create, grade or destroy is missing",
          path);
    check(!plugin_->state == !plugin_->restore, "plugin {}: it has one of state and restore, expected both or none",
          path);
    std::array<char, 1024> error = {};
    const std::vector<cohort_pair> pairs = as_pairs(settings);
    reward_ = plugin_->create(pairs.data(), pairs.size(), error.data(), error.size());
    error.back() = '\0';
    check(reward_ != nullptr, "plugin {}: {}", path,
          error[0] ? error.data() : "it refused the settings without a reason");
  } catch (...) {
    dlclose(library_);
    throw;
  }
}

PluginLibrary::~PluginLibrary() {
  plugin_->destroy(reward_);
  dlclose(library_);
}

bool PluginLibrary::has_state() const { return plugin_->state != nullptr; }

bool PluginLibrary::is_serial() const { return has_state() || (plugin_->flags & COHORT_SERIAL) != 0; }

std::vector<Grade> PluginLibrary::grade(const Problem& problem, std::span<const Completion> completions) const {
  const std::vector<cohort_pair> fields = as_pairs(problem.fields);
  std::vector<cohort_message> messages;
  for (const Message& message : problem.messages) messages.push_back({as_text(message.role), as_text(message.content)});
  std::vector<cohort_sample> samples;
  for (const Completion& completion : completions)
    samples.push_back({.problem_index = problem.index,
                       .prompt = as_text(problem.prompt),
                       .messages = messages.data(),
                       .num_messages = messages.size(),
                       .answer = as_text(problem.answer),
                       .fields = fields.data(),
                       .num_fields = fields.size(),
                       .completion = as_text(completion.text),
                       .tokens = completion.tokens.data(),
                       .num_tokens = completion.tokens.size(),
                       .is_cut = completion.finish == FinishReason::length});
  std::vector<cohort_grade> given(samples.size(), cohort_grade{});
  const int failed = plugin_->grade(reward_, samples.data(), samples.size(), given.data());
  std::vector<Grade> grades;
  for (const cohort_grade& one : given)
    grades.push_back(failed ? Grade::failed(fmt::format("grade() of plugin {} returned {}", path_, failed))
                            : grade_of(one));
  return grades;
}

std::string PluginLibrary::state() const {
  if (!has_state()) return {};
  std::string text(plugin_->state(reward_, nullptr, 0), '\0');
  const size_t size = plugin_->state(reward_, text.data(), text.size());
  check(size == text.size(), "plugin {}: state() gave {} bytes after it had announced {}", path_, size, text.size());
  return text;
}

void PluginLibrary::restore(const std::string& state) const {
  check(has_state(), "plugin {}: it has no state to restore", path_);
  const int failed = plugin_->restore(reward_, state.data(), state.size());
  check(failed == 0, "plugin {}: restore() refused a state of {} bytes", path_, state.size());
}

}  // namespace cohort::rewards
