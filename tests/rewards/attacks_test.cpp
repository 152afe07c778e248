// Programs that try to be paid without the work, to break out, or to break the machine; and odd ones that are honest.
//
// The first line of each file of attacks/ says which verdicts it may get; `function` that it is called rather than run,
// `secret` that the answer cannot be computed. A program that breaks out then prints the right answer: "accepted"
// would be a breach.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <spawn.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <vector>

#include "cohort/error.hpp"
#include "cohort/rewards/code.hpp"
#include "rewards/sandbox_world.hpp"

using namespace cohort;
using nlohmann::json;

namespace {

struct Program {
  std::string name, language, source;
  std::vector<std::string> verdicts;
  bool is_function = false, is_secret = false;
};

std::vector<Program> read_corpus() {
  std::vector<Program> programs;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(COHORT_SOURCE_DIR) + "/tests/rewards/attacks")) {
    if (!entry.is_regular_file()) continue;
    const std::string extension = entry.path().extension(), text = test::read_whole(entry.path());
    Program program{.name = entry.path().parent_path().filename() / entry.path().filename(),
                    .language = extension == ".py" ? "python" : extension.substr(1),
                    .source = text.substr(text.find('\n') + 1)};
    std::istringstream words(text.substr(0, text.find('\n')));
    std::string word;
    words >> word;  // the mark of a comment
    while (words >> word)
      if (word == "function")
        program.is_function = true;
      else if (word == "secret")
        program.is_secret = true;
      else
        program.verdicts.push_back(word);
    programs.push_back(std::move(program));
  }
  std::sort(programs.begin(), programs.end(), [](auto& left, auto& right) { return left.name < right.name; });
  return programs;
}

std::string make_secret() {
  std::random_device random;
  return fmt::format("secret-{:08x}{:08x}", random(), random());
}

Problem make_problem(const Program& program, const test::Canary& canary) {
  json test;
  const std::string secret = make_secret();
  if (program.is_function)
    test = {{"args", {3, 4}}, {"expected", program.is_secret ? json(secret) : json(7)}};
  else
    test = {{"stdin", "3 4\n" + canary.address() + "\n"}, {"stdout", program.is_secret ? secret : "7"}};
  // Long for what must not fail where the machine is busy, short for what waits until it is ended.
  const double seconds = program.name.starts_with("resources") ? 1.0 : 20.0;
  json answer = {
      {"language", program.language}, {"tests", {test, test}}, {"time_limit", seconds}, {"memory_limit", 256 << 20}};
  if (program.is_function) answer["function"] = "add";
  return {.answer = answer.dump()};
}

Completion make_completion(Program program, const test::Canary& canary) {
  if (const size_t at = program.source.find("CANARY"); at != program.source.npos)
    program.source.replace(at, 6, canary.path());
  Completion completion;
  completion.text = fmt::format("Here it is.\n\n```{}\n{}```\n", program.language, program.source);
  return completion;
}

/// Whether there is a sandbox here; says why if not.
bool has_sandbox(SandboxOptions options) {
  try {
    const Sandbox sandbox(options);
    MESSAGE(sandbox.describe());
    return true;
  } catch (const Error& error) {
    MESSAGE("skipped: ", error.what());
    return false;
  }
}

/// Whether the verdict is one that the program may get. The weaker tier stops the same attacks, some of them by other
/// means, and lets a program start no process, make no file and see no /proc.
bool is_allowed(const Program& program, const std::string& verdict, SandboxTier tier) {
  static const std::vector<std::string> need_more = {"valid/crash_after_fork.py",     "valid/dev_stdin.py",
                                                     "valid/multiprocessing_pool.py", "valid/subprocess.py",
                                                     "valid/temporary_file.py",       "valid/asyncio_run.py"};
  const auto listed = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  if (tier == SandboxTier::namespaces) return listed(program.verdicts, verdict);
  if (program.name.starts_with("valid/")) return verdict == "accepted" || listed(need_more, program.name);
  return verdict != "accepted" && !verdict.starts_with("error");
}

/// Grades the whole corpus on several threads, and looks at the world in between.
void run_corpus(const rewards::CodeOptions& options) {
  const std::vector<Program> programs = read_corpus();
  CHECK(programs.size() > 200);
  const test::Canary canary;
  {
    const Rule rule = rewards::code(options);
    std::atomic<size_t> next = 0;
    std::mutex telling;
    const auto grade_some = [&] {
      for (size_t i = next++; i < programs.size(); i = next++) {
        const Program& program = programs[i];
        std::string verdict;
        try {
          verdict = rule(make_problem(program, canary), make_completion(program, canary)).verdict;
        } catch (const std::exception& error) {
          verdict = std::string("error: ") + error.what();
        }
        const std::lock_guard lock(telling);
        const bool fine = is_allowed(program, verdict, options.sandbox.weakest);
        CHECK_MESSAGE(fine, program.name, ": ", verdict, ", expected ",
                      fmt::format("{}", fmt::join(program.verdicts, " or ")));
        const std::string harm = canary.harm();
        CHECK_MESSAGE(harm.empty(), program.name, ": ", harm);
      }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(grade_some);
    threads.clear();
    CHECK(test::descendants().size() <= 3);  // the canary, the launcher and its Python
  }
  CHECK(test::descendants().size() == 1);
  for (const char* folder : {"/", "/tmp", "/var/tmp", "/dev/shm", "/usr/lib"})
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      CHECK_MESSAGE((!name.starts_with("left") && name != "cohort_was_here"),
                    "a file is left: ", entry.path().string());
    }
}

}  // namespace

TEST_CASE("no attack is paid, none leaves a trace, and honest programs pass") {
  if (has_sandbox({})) run_corpus({});
}

TEST_CASE("nor without control groups and without a Python that is copied") {
  const SandboxOptions plain{.use_cgroups = false, .fork_interpreter = false};
  if (has_sandbox(plain)) run_corpus({.sandbox = plain});
}

TEST_CASE("nor when the whole of it runs as nobody") {
  if (geteuid() != 0 || access("/usr/bin/setpriv", X_OK) != 0) {
    MESSAGE("skipped: this process is not root, or there is no setpriv");
    return;
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string command =
      "exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all '" + self + "' '-tc=no attack*'";
  if (std::system(("setpriv --reuid=65534 --regid=65534 --clear-groups test -x '" + self +
                   "' -a -r '" COHORT_SOURCE_DIR "/tests'")
                      .c_str()) != 0) {
    MESSAGE("skipped: nobody cannot reach ", self);
    return;
  }
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("no attack is paid in the weaker tier, for root and for nobody") {
  const SandboxOptions weak{.strongest = SandboxTier::landlock, .weakest = SandboxTier::landlock};
  if (has_sandbox(weak)) run_corpus({.sandbox = weak});
}

TEST_CASE("the weaker tier is not used unless it is asked for") {
  if (has_sandbox({})) CHECK(Sandbox({.weakest = SandboxTier::landlock}).tier() == SandboxTier::namespaces);
}
