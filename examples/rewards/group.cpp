// A reward that compares the completions of a problem: the shorter, the better.
#include <fmt/core.h>

#include <algorithm>
#include <cohort/reward.hpp>

std::vector<cohort::Grade> brevity(const cohort::Problem&, std::span<const cohort::Completion> completions) {
  size_t longest = 1;
  for (const auto& completion : completions) longest = std::max(longest, completion.text.size());
  std::vector<cohort::Grade> grades;
  for (const auto& completion : completions)
    grades.push_back(1 - static_cast<double>(completion.text.size()) / static_cast<double>(longest));
  return grades;
}

int main() {
  const cohort::RewardTerm term{.name = "brevity", .rule = brevity};
  const cohort::Group group{.completions = {{.text = "four"}, {.text = "fourfour"}, {.text = "fo"}}};
  const cohort::Rewards rewards = cohort::score({&group, 1}, {&term, 1});
  fmt::print("{} {} {}\n", rewards.total(0, 0), rewards.total(0, 1), rewards.total(0, 2));
}
