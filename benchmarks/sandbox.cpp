// What a box costs: /bin/true alone and in a box, and Python programs and calls a second, one after another.
#include "cohort/sandbox.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

namespace {

struct Times {
  double least_ms, median_ms, p99_ms, per_second;
};

Times time_runs(int runs, const std::function<bool()>& run) {
  for (int i = 0; i < 20; ++i) run();
  std::vector<double> ms;
  double total = 0;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (!run()) std::exit(1);
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    total += ms.back();
  }
  std::ranges::sort(ms);
  return {ms.front(), ms[ms.size() / 2], ms[ms.size() * 99 / 100], 1000 * runs / total};
}

nlohmann::ordered_json row(const char* name, const Times& times) {
  return {{"what", name},
          {"least_ms", times.least_ms},
          {"median_ms", times.median_ms},
          {"p99_ms", times.p99_ms},
          {"per_second", times.per_second}};
}

bool spawn(std::vector<const char*> words) {
  words.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  return posix_spawn(&child, words[0], nullptr, nullptr, const_cast<char**>(words.data()), environ) == 0 &&
         waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

int main() {
  using namespace cohort;
  const Sandbox sandbox;
  const auto ended_well = [](const SandboxResult& result) {
    return result.end == SandboxEnd::exited && result.code == 0;
  };
  const std::string program = "print(int(input()) ** 2)\n", function = "def square(x):\n    return x * x\n";
  constexpr int kRuns = 500;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  rows.push_back(row("true", time_runs(kRuns, [] { return spawn({"/bin/true"}); })));
  rows.push_back(
      row("true in a box", time_runs(kRuns, [&] { return ended_well(sandbox.run({.command = {"/bin/true"}})); })));
  if (!sandbox.python().empty()) {
    rows.push_back(row("python", time_runs(kRuns / 5, [&] {
                         return spawn({sandbox.python().c_str(), "-I", "-S", "-c", "pass"});
                       })));
    rows.push_back(row("python in a box", time_runs(kRuns, [&] {
                         return ended_well(sandbox.run(
                             {.task = SandboxTask::python, .files = {{"main.py", program}}, .input = "12\n"}));
                       })));
    rows.push_back(row("call in a box", time_runs(kRuns, [&] {
                         return ended_well(sandbox.run({.task = SandboxTask::python_call,
                                                        .files = {{"main.py", function}},
                                                        .arguments = R"({"function": "square", "args": [12]})"}));
                       })));
  }
  std::cout << nlohmann::ordered_json{{"sandbox", sandbox.describe()}, {"rows", rows}}.dump(1) << '\n';
}
