// A reward with a memory: 1 for a text that no completion had before, in this step or an earlier one.
#include <fmt/ranges.h>

#include <cohort/reward.hpp>
#include <functional>
#include <set>

class Novelty : public cohort::StatefulReward {
 public:
  cohort::Grade grade(const cohort::Problem&, const cohort::Completion& completion) override {
    return seen_.insert(std::hash<std::string>{}(completion.text)).second;
  }
  std::string state() const override { return fmt::format("{}", fmt::join(seen_, " ")); }
  void restore(const std::string& state) override {
    seen_.clear();
    for (size_t at = 0, used = 0; at < state.size(); at += used + 1) seen_.insert(std::stoull(&state[at], &used));
  }

 private:
  std::set<size_t> seen_;
};

int main() {
  const auto novelty = std::make_shared<Novelty>();
  const cohort::RewardTerm term{.name = "novelty", .rule = novelty};
  const cohort::Group group{.completions = {{.text = "a"}, {.text = "b"}, {.text = "a"}}};
  const cohort::Rewards first = cohort::score({&group, 1}, {&term, 1});
  Novelty resumed;  // as after a checkpoint
  resumed.restore(novelty->state());
  fmt::print("{} {} {}, then {}\n", first.total(0, 0), first.total(0, 1), first.total(0, 2),
             *resumed.grade({}, {.text = "b"}).score);
}
