// A reward that is asked and answers later: 64 questions of 50 ms each take 50 ms, and none takes a thread of the
// scorer.
#include <fmt/core.h>

#include <chrono>
#include <cohort/reward.hpp>
#include <thread>

std::future<cohort::Grade> ask(const cohort::Problem&, const cohort::Completion& completion) {
  return std::async(std::launch::async, [text = completion.text]() -> cohort::Grade {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // a judge somewhere else
    return static_cast<double>(text.size());
  });
}

int main() {
  const cohort::RewardTerm term{.name = "judge", .rule = ask, .deadline = std::chrono::seconds(20)};
  cohort::Group group;
  for (int i = 0; i < 64; ++i) group.completions.push_back({.text = "four"});
  const auto start = std::chrono::steady_clock::now();
  const cohort::Rewards rewards = cohort::score({&group, 1}, {&term, 1});
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  fmt::print(stderr, "{:.0f} ms\n", took.count());
  fmt::print("{}\n", rewards.total.sum());
}
