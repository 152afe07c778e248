// How many completions a second each way to write a reward grades: the cost of the way itself, of rules that do next to
// nothing. One group of 256 completions of 200 bytes at a time; median of the repetitions, with their range.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "cohort/reward.hpp"
#include "cohort/rewards/http.hpp"
#include "cohort/rewards/plugin.hpp"
#include "cohort/rewards/subprocess.hpp"

namespace {

using namespace cohort;
using Clock = std::chrono::steady_clock;

double size_of(const Completion& completion) { return static_cast<double>(completion.text.size()); }

struct Sizes : StatefulReward {
  double sum = 0;
  Grade grade(const Problem&, const Completion& completion) override { return sum += size_of(completion); }
  std::string state() const override { return std::to_string(sum); }
  void restore(const std::string& state) override { sum = std::stod(state); }
};

std::vector<Grade> sizes(const Problem&, std::span<const Completion> completions) {
  std::vector<Grade> grades;
  for (const Completion& completion : completions) grades.push_back(size_of(completion));
  return grades;
}

std::future<Grade> promised(const Problem&, const Completion& completion) {
  std::promise<Grade> promise;
  promise.set_value(size_of(completion));
  return promise.get_future();
}

void measure(const char* way, Rule rule, int repetitions) {
  constexpr int64_t kSize = 256, kGroups = 8;
  Group group;
  group.problem.prompt = "How much is 6 times 7?";
  group.problem.answer = "42";
  for (int64_t i = 0; i < kSize; ++i) group.completions.push_back({.text = std::string(200, 'a')});
  Scorer scorer({{.name = way, .rule = std::move(rule)}}, /*threads=*/1);
  std::vector<double> rates;
  for (int repetition = -1; repetition < repetitions; ++repetition) {
    const auto start = Clock::now();
    for (int64_t g = 0; g < kGroups; ++g) scorer.submit(g, group);
    scorer.collect();
    const std::chrono::duration<double> seconds = Clock::now() - start;
    if (repetition >= 0) rates.push_back(static_cast<double>(kSize * kGroups) / seconds.count());  // the first warms up
  }
  std::sort(rates.begin(), rates.end());
  fmt::print("{:<28} {:>12.0f} {:>12.0f} {:>12.0f}\n", way, rates[rates.size() / 2], rates.front(), rates.back());
}

}  // namespace

int main() {
  fmt::print("{:<28} {:>12} {:>12} {:>12}\n", "completions/s", "median", "least", "most");
  measure(
      "function", [](const Problem&, const Completion& completion) { return size_of(completion); }, 50);
  measure("group rule", sizes, 50);
  measure("with a memory", std::make_shared<Sizes>(), 50);
  measure("future, ready at once", promised, 50);
  measure("plugin", rewards::plugin({.path = COHORT_BREVITY}), 50);
  measure("plugin, isolated", rewards::plugin({.path = COHORT_BREVITY, .host = COHORT_PLUGIN_HOST}), 20);
  if (std::system("python3 -c 'import json' 2>/dev/null") != 0) return 0;
  const std::string examples = COHORT_SOURCE_DIR "/examples/rewards/";
  measure("subprocess, Python, 1",
          rewards::subprocess({.command = {"python3", examples + "subprocess.py"}, .processes = 1}), 10);
  measure("subprocess, Python, 2", rewards::subprocess({.command = {"python3", examples + "subprocess.py"}}), 10);
  std::FILE* server = popen(("python3 " + examples + "http_server.py & echo $! ; wait").c_str(), "r");
  int pid = 0, port = 0;
  if (std::fscanf(server, "%d %d", &pid, &port) == 2)
    measure("HTTP, server in Python", rewards::http({.server = {.url = fmt::format("http://127.0.0.1:{}", port)}}), 10);
  std::system(fmt::format("kill {}", pid).c_str());
  pclose(server);
}
