#include "rewards/code/runner.hpp"

#include <algorithm>
#include <thread>

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

// Python ends with 1 for an exception too. Who is run on files, a checker, says something else by that.
constexpr const char* kPythonOnFiles = R"(import runpy, sys, traceback
try:
    runpy.run_path("main.py", run_name="__main__")
except SystemExit:
    raise
except BaseException:
    traceback.print_exc()
    sys.exit(3)
)";

std::string tool_of(const CodeLanguage& language) {
  const auto tool = find_tool(language);
  check(tool.has_value(), "code: none of {}, for {}, is on this machine", fmt::join(language.tools, ", "),
        language.name);
  return *tool;
}

/// How a function is named in {function}.
std::string qualified(const CodeLanguage& language, std::string_view source, std::string_view function) {
  if (language.name != "cpp") return std::string(function);
  // A method of the class Solution, as LeetCode has it, or a function of the global namespace.
  const bool has_class = source.find("class Solution") != source.npos || source.find("struct Solution") != source.npos;
  return (has_class ? "Solution::" : "::") + std::string(function);
}

}  // namespace

CodeRunner::CodeRunner(SandboxOptions options)
    : options_(std::move(options)), places_(std::max(1u, std::thread::hardware_concurrency())) {}

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

std::shared_ptr<const Executable> CodeRunner::prepare(const CodeLanguage& language, std::string_view source,
                                                      std::string_view function) {
  const std::string tool = tool_of(language);
  const bool is_compiled = !(function.empty() || !language.call ? language.compile : language.call->compile).empty();
  if (!is_compiled)
    return std::make_shared<Executable>(Executable{&language, std::string(function), std::string(source)});
  std::string key = fmt::format("{}\n{}\n{}", language.name, function, source);
  {
    const std::lock_guard lock(keeping_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      kept_.splice(kept_.begin(), kept_, found->second);
      return kept_.front().program;
    }
  }
  std::shared_ptr<const Executable> program = compile(language, tool, source, function);
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
                                                      std::string_view source, std::string_view function) {
  SandboxRun run{.command = fill_in(language.compile, tool),
                 .files = {{std::string(language.file), source}},
                 .returned_file = "main",
                 .limits = kCompilerLimits};
  if (!function.empty()) {
    run.command = fill_in(language.call->compile, tool, qualified(language, source, function));
    run.files.push_back({std::string(language.call->file), language.call->source});
  }
  SandboxResult result = sandbox().run(run);
  // Nothing made, too slow, too big: all the fault of the source, for the compiler is known to work.
  const bool made = result.end == SandboxEnd::exited && result.code == 0 && !result.returned_file.empty() &&
                    result.returned_file.size() <= kMaxProgramBytes;
  return std::make_shared<Executable>(
      Executable{&language, std::string(function), made ? std::move(result.returned_file) : std::string(), made});
}

SandboxRun CodeRunner::request(const Executable& program, const SandboxLimits& limits) const {
  const CodeLanguage& language = *program.language;
  SandboxRun run{.limits = limits};
  run.limits.disk_bytes += static_cast<int64_t>(program.content.size());
  const bool is_compiled =
      !(program.function.empty() || !language.call ? language.compile : language.call->compile).empty();
  run.files = {{std::string(is_compiled ? "main" : language.file), program.content}};
  return run;
}

SandboxResult CodeRunner::run(const Executable& program, std::string_view input, const SandboxLimits& limits) {
  const CodeLanguage& language = *program.language;
  SandboxRun run = request(program, limits);
  run.input = input;
  if (language.run.empty())
    run.task = SandboxTask::python;
  else
    run.command = fill_in(language.run, tool_of(language));
  return sandbox().run(run);
}

SandboxResult CodeRunner::call(const Executable& program, std::string_view arguments, const SandboxLimits& limits) {
  const CodeLanguage& language = *program.language;
  SandboxRun run = request(program, limits);
  if (!language.call) {
    run.task = SandboxTask::python_call;
    const std::string request =
        fmt::format("{{\"function\":{},\"args\":{}}}",
                    to_json({.kind = CodeValue::Kind::text, .text = program.function}), arguments);
    run.arguments = request;
    return sandbox().run(run);
  }
  const CallDriver& driver = *language.call;
  run.command = fill_in(driver.run, tool_of(language), program.function);
  run.files.push_back({"arguments.json", arguments});
  if (driver.compile.empty()) run.files.push_back({std::string(driver.file), driver.source});
  run.returned_file = "result";
  SandboxResult result = sandbox().run(run);
  result.result = std::move(result.returned_file);
  if (static_cast<int64_t>(result.result.size()) > limits.output_bytes) result.end = SandboxEnd::output_limit;
  return result;
}

SandboxResult CodeRunner::run_on_files(const Executable& program, const std::vector<SandboxFile>& files,
                                       const SandboxLimits& limits) {
  const CodeLanguage& language = *program.language;
  SandboxRun run = request(program, limits);
  run.command = language.run.empty() ? std::vector<std::string>{sandbox().python(), "-c", kPythonOnFiles}
                                     : fill_in(language.run, tool_of(language));
  for (const SandboxFile& file : files) {
    run.command.push_back(file.name);
    run.files.push_back(file);
    run.limits.disk_bytes += static_cast<int64_t>(file.content.size());
  }
  return sandbox().run(run);
}

}  // namespace cohort::rewards
