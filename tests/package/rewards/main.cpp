#include <fmt/core.h>

#include <cohort/reward.hpp>

#if __has_include(<ATen/core/Tensor.h>)
#error "cohort::rewards puts LibTorch's headers on the include path"
#endif

int main() {
  const cohort::Group group{.problem = {.prompt = "2 + 2 = ", .answer = "4"},
                            .completions = {{.text = "4"}, {.text = "5"}}};
  const cohort::RewardRule exact = [](const cohort::Problem& problem, const cohort::Completion& completion) {
    return completion.text == problem.answer;
  };
  const std::vector<cohort::RewardTerm> terms = {{.name = "exact", .rule = exact}};
  const cohort::Rewards rewards = cohort::score(std::vector{group}, terms);
  fmt::print("{} {}\n", rewards.total(0, 0), rewards.total(0, 1));
  return rewards.total(0, 0) == 1 && rewards.total(0, 1) == 0 ? 0 : 1;
}
