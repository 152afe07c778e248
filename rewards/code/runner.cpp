#include "rewards/code/runner.hpp"

#include "cohort/error.hpp"

namespace cohort::rewards {
namespace {

constexpr size_t kMaxKeptBytes = 64 << 20;
constexpr size_t kMaxProgramBytes = 32 << 20;

// A compiler is a program that reads what nobody trusts: it has a box too, a larger one.
constexpr SandboxLimits kCompilerLimits = {.cpu_seconds = 10,
                                           .wall_seconds = 40,
                                           .memory_bytes = 1 << 30,
                                           .disk_bytes = 256 << 20,
                                           .disk_files = 8192,
                                           .processes = 64,
                                           .open_files = 1024,
                                           .output_bytes = 1 << 20};

std::string tool_of(const CodeLanguage& language) {
  const auto tool = find_tool(language);
  check(tool.has_value(), "code: none of {}, for {}, is on this machine", fmt::join(language.tools, ", "),
        language.name);
  return *tool;
}

}  // namespace

const Sandbox& CodeRunner::sandbox() {
  const std::lock_guard lock(starting_);
  if (!sandbox_) {
    SandboxOptions options = options_;
    for (const CodeLanguage& language : languages())
      options.read_only_paths.insert(options.read_only_paths.end(), language.folders.begin(), language.folders.end());
    sandbox_ = std::make_unique<Sandbox>(options);
  }
  return *sandbox_;
}

std::shared_ptr<const Executable> CodeRunner::prepare(const CodeLanguage& language, std::string_view source) {
  const std::string tool = tool_of(language);
  if (language.compile.empty()) return std::make_shared<Executable>(Executable{&language, std::string(source)});
  std::string key = std::string(language.name) + '\n' + std::string(source);
  {
    const std::lock_guard lock(keeping_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      kept_.splice(kept_.begin(), kept_, found->second);
      return kept_.front().program;
    }
  }
  std::shared_ptr<const Executable> program = compile(language, tool, source);
  const std::lock_guard lock(keeping_);
  if (by_key_.contains(key)) return program;  // another thread was as fast
  kept_bytes_ += key.size() + program->content.size();
  kept_.push_front({std::move(key), program});
  by_key_[kept_.front().key] = kept_.begin();
  while (kept_bytes_ > kMaxKeptBytes && kept_.size() > 1) {
    const Kept& oldest = kept_.back();
    kept_bytes_ -= oldest.key.size() + oldest.program->content.size();
    by_key_.erase(oldest.key);
    kept_.pop_back();
  }
  return program;
}

std::shared_ptr<const Executable> CodeRunner::compile(const CodeLanguage& language, const std::string& tool,
                                                      std::string_view source) {
  SandboxResult result = sandbox().run({.command = fill_in(language.compile, tool),
                                        .files = {{std::string(language.file), source}},
                                        .returned_file = "main",
                                        .limits = kCompilerLimits});
  // Nothing made, too slow, too big: all the fault of the source, for the compiler is known to work.
  const bool made = result.end == SandboxEnd::exited && result.code == 0 && !result.returned_file.empty() &&
                    result.returned_file.size() <= kMaxProgramBytes;
  return std::make_shared<Executable>(
      Executable{&language, made ? std::move(result.returned_file) : std::string(), made});
}

SandboxResult CodeRunner::run(const Executable& program, const CodeAnswer& answer, const CodeTest& test,
                              const SandboxLimits& limits) {
  const CodeLanguage& language = *program.language;
  SandboxRun run{.limits = limits};
  run.limits.disk_bytes += static_cast<int64_t>(program.content.size());
  run.input = test.input;
  if (language.run.empty()) {
    run.task = answer.function.empty() ? SandboxTask::python : SandboxTask::python_call;
    run.arguments = test.arguments;
  } else {
    run.command = fill_in(language.run, tool_of(language));
  }
  run.files = {{std::string(language.compile.empty() ? language.file : "main"), program.content}};
  return sandbox().run(run);
}

}  // namespace cohort::rewards
