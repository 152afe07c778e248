// A reward as a function: it gets the problem and one completion, and returns a number.
#include <fmt/core.h>

#include <cohort/reward.hpp>

int main() {
  const auto has_answer = [](const cohort::Problem& problem, const cohort::Completion& completion) {
    return completion.text.find(problem.answer) != std::string::npos ? 1.0 : 0.0;
  };
  const cohort::RewardTerm term{.name = "has_answer", .rule = has_answer};

  const cohort::Group group{.problem = {.answer = "Paris"},
                            .completions = {{.text = "It is Paris."}, {.text = "Rome"}}};
  const cohort::Rewards rewards = cohort::score({&group, 1}, {&term, 1});
  fmt::print("{} {}\n", rewards.total(0, 0), rewards.total(0, 1));
}
