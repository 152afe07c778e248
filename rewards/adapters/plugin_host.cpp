// cohort-plugin-host FILE: a plugin in a process of its own, behind the lines of JSON of a subprocess reward.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "cohort/error.hpp"
#include "rewards/adapters/plugin_library.hpp"
#include "rewards/adapters/sample_json.hpp"

namespace {

using cohort::rewards::PluginLibrary;
using nlohmann::json;

/// Where answers go. What the plugin prints goes to stderr, or it would be taken for an answer.
std::FILE* claim_stdout() {
  const int answers = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return fdopen(answers, "w");
}

nlohmann::ordered_json answer(const PluginLibrary& plugin, const json& sample) {
  const auto [problem, completion] = cohort::rewards::sample_from_json(sample);
  nlohmann::ordered_json line = {{"id", sample.at("id")}};
  line.update(cohort::rewards::grade_json(plugin.grade(problem, {&completion, 1}).front()));
  return line;
}

void serve(const std::string& path, std::FILE* answers) {
  std::string line;
  if (!std::getline(std::cin, line)) return;
  const PluginLibrary plugin(path, json::parse(line).at("settings").get<cohort::Settings>());
  cohort::check(!plugin.is_serial(),
                "plugin {}: it is serial or has a memory, which several processes that are started again cannot keep",
                path);
  std::fputs("{\"pong\":0}\n", answers);
  std::fflush(answers);
  while (std::getline(std::cin, line)) {
    const std::string text = cohort::rewards::to_line(answer(plugin, json::parse(line)));
    std::fwrite(text.data(), 1, text.size(), answers);
    // One write for all that was asked at once.
    if (std::cin.rdbuf()->in_avail() <= 0) std::fflush(answers);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: cohort-plugin-host FILE.so, with samples on stdin (see docs/rewards.md)\n", stderr);
    return 2;
  }
  std::ios::sync_with_stdio(false);
  try {
    serve(argv[1], claim_stdout());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
