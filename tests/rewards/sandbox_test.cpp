#include "cohort/sandbox.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "cohort/error.hpp"
#include "cohort/rewards/code.hpp"
#include "rewards/sandbox_world.hpp"

using namespace cohort;
using nlohmann::json;

namespace {

/// A sandbox, or nullptr with a message where this machine has none.
std::unique_ptr<Sandbox> make_sandbox(SandboxOptions options = {}) {
  try {
    return std::make_unique<Sandbox>(options);
  } catch (const Error& error) {
    MESSAGE("skipped: ", error.what());
    return nullptr;
  }
}

SandboxRun python(std::string_view source, std::string_view input = "") {
  return {.task = SandboxTask::python, .files = {{"main.py", source}}, .input = input};
}

size_t open_files() { return test::count_entries("/proc/self/fd"); }

}  // namespace

TEST_CASE("a program's output, errors, exit status and input are its own") {
  const auto sandbox = make_sandbox();
  if (!sandbox) return;
  const SandboxResult result =
      sandbox->run({.command = {"/bin/sh", "-c", "cat; echo $1 >&2; exit 3", "sh", "a b"}, .input = "some\0text"});
  CHECK(result.end == SandboxEnd::exited);
  CHECK(result.code == 3);
  CHECK(result.output == "some");
  CHECK(result.error_output == "a b\n");
  CHECK(result.peak_bytes > 0);
}

TEST_CASE("a file that the command makes comes back, and a link does not") {
  const auto sandbox = make_sandbox();
  if (!sandbox) return;
  const auto returned = [&](const char* script) {
    return sandbox->run({.command = {"/bin/sh", "-c", script}, .returned_file = "out"}).returned_file;
  };
  CHECK(returned("printf made > out") == "made");
  CHECK(returned("printf made > out; exit 1") == "");
  CHECK(returned("ln -s /etc/passwd out") == "");
  CHECK(returned("mkfifo out") == "");
  CHECK(returned("mkdir out") == "");
  CHECK(returned("true") == "");
}

TEST_CASE("a copied Python behaves as one that was started") {
  const auto copied = make_sandbox();
  if (!copied || copied->python().empty()) return;
  const auto started = make_sandbox({.fork_interpreter = false});
  for (const char* source : {"print(__name__, __file__, input())", "import sys; print(sys.argv, sys.flags, sys.path)",
                             "raise SystemExit(5)", "raise SystemExit('x')", "raise SystemExit(None)", "1/0", "print(1",
                             "import sys; sys.exit(-1)", "import os; print(os.getcwd(), os.getpid() > 1, os.getuid())",
                             "print(sorted(globals()))", "import sys; sys.stdout.close()", "import os; os.abort()",
                             "print(hash('x'))", "print(open('/tmp/main.py').read())", "print('\\udcff')",
                             "import sys; print(sys.stdout.encoding, sys.stdout.errors, sys.stdin.errors, "
                             "sys.stderr.errors, sys.stdout.line_buffering)",
                             "import threading; print(threading.current_thread().name, threading.active_count())"}) {
    CAPTURE(std::string(source));
    const SandboxResult one = copied->run(python(source, "a\n")), other = started->run(python(source, "a\n"));
    CHECK(one.end == other.end);
    CHECK(one.code == other.code);
    if (std::string(source) != "print(sorted(globals()))") CHECK(one.output == other.output);
    const auto last_line = [](const std::string& text) {
      return text.substr(text.rfind('\n', text.size() < 2 ? 0 : text.size() - 2) + 1);
    };
    CHECK(last_line(one.error_output) == last_line(other.error_output));
  }
}

TEST_CASE("two copies share nothing that is random") {
  const auto sandbox = make_sandbox();
  if (!sandbox || sandbox->python().empty()) return;
  const SandboxRun run = python("import random; print(random.random())");
  CHECK(sandbox->run(run).output != sandbox->run(run).output);
}

TEST_CASE("a thousand runs leave no descriptor and no process") {
  const auto sandbox = make_sandbox();
  if (!sandbox) return;
  const SandboxRun run = sandbox->python().empty() ? SandboxRun{.command = {"/bin/true"}} : python("print(1)");
  const auto run_on_threads = [&](int times) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < times; ++j) sandbox->run(run);
      });
  };
  run_on_threads(20);  // each has its control group now
  const size_t files = open_files(), processes = test::descendants().size();
  run_on_threads(250);
  CHECK(open_files() == files);
  CHECK(test::descendants().size() == processes);
}

TEST_CASE("runs of several threads at once do not mix") {
  const auto sandbox = make_sandbox();
  if (!sandbox) return;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        const std::string text = std::to_string(1000 * i + j);
        wrong += sandbox->run({.command = {"/bin/cat"}, .input = text}).output != text;
      }
    });
  threads.clear();
  CHECK(wrong == 0);
}

TEST_CASE("when the launcher is killed a run is an error, and the next one has a new launcher") {
  const auto sandbox = make_sandbox({.fork_interpreter = false});
  if (!sandbox) return;
  std::jthread killer([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string number = entry.path().filename();
      if (number.find_first_not_of("0123456789") != number.npos) continue;
      const std::string text = test::read_whole(entry.path() / "stat");
      const size_t end = text.rfind(')');
      char state;
      int parent = 0;
      if (end != text.npos) std::istringstream(text.substr(end + 1)) >> state >> parent;
      if (parent == getpid() && test::read_whole(entry.path() / "cmdline").starts_with("cohort-launcher"))
        kill(std::stoi(number), SIGKILL);
    }
  });
  CHECK_THROWS_AS(sandbox->run({.command = {"/bin/sleep", "100"}, .limits = {.wall_seconds = 30}}), Error);
  killer.join();
  CHECK(sandbox->run({.command = {"/bin/echo", "again"}}).output == "again\n");
  CHECK(test::descendants().size() == 1);  // of the sleeping program nothing is left
}

TEST_CASE("a run that is not well formed is an error that says what") {
  const auto sandbox = make_sandbox();
  if (!sandbox) return;
  const auto complaint = [&](const SandboxRun& run) -> std::string {
    try {
      sandbox->run(run);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK(complaint({}).find("absolute path") != std::string::npos);
  CHECK(complaint({.command = {"true"}}).find("absolute path") != std::string::npos);
  CHECK(complaint({.command = {"/no/such"}}).find("/no/such") != std::string::npos);
  CHECK(complaint({.command = {"/bin/true"}, .files = {{"../x", ""}}}).find("../x") != std::string::npos);
  CHECK(complaint({.command = {"/bin/true"}, .limits = {.cpu_seconds = 0}}).find("cpu_seconds") != std::string::npos);
  CHECK(complaint({.command = {"/bin/true", std::string(1 << 20, 'x')}}).find("bytes") != std::string::npos);
}

TEST_CASE("problems with tests are graded: all, or the share that pass") {
  if (!make_sandbox()) return;
  const json tests = {
      {{"stdin", "1"}, {"stdout", "1"}}, {{"stdin", "2"}, {"stdout", "4"}}, {{"stdin", "3"}, {"stdout", "9"}}};
  const Problem squares{.answer = json{{"language", "python"}, {"tests", tests}}.dump()};
  const RewardRule all = rewards::code(), share = rewards::code({.score = rewards::CodeScore::fraction});
  CHECK(all(squares, {.text = "```python\nprint(int(input()) ** 2)\n```"}).verdict == "accepted");
  CHECK(all(squares, {.text = "```python\nprint(int(input()) ** 2)\n```"}).score == 1.0);
  const Completion wrong{.text = "```python\nn = int(input())\nprint(n ** 2 if n < 3 else 1 / 0)\n```"};
  CHECK(all(squares, wrong).score == 0.0);
  CHECK(share(squares, wrong).score == doctest::Approx(2.0 / 3));
  CHECK(share(squares, wrong).verdict == "runtime_error");
}
