#include "cohort/error.hpp"
#include "cohort/reward.hpp"

namespace cohort {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

}  // namespace

Grade Grade::failed(std::string error, Fault fault) {
  Grade grade;
  grade.fault = fault;
  grade.error = std::move(error);
  return grade;
}

std::vector<Grade> StatefulReward::grade_group(const Problem& problem, std::span<const Completion> completions) {
  std::vector<Grade> grades;
  for (const Completion& completion : completions) grades.push_back(grade(problem, completion));
  return grades;
}

AsyncRule with_callback(std::function<void(const Problem&, const Completion&, std::function<void(Grade)> done)> start) {
  return [start = std::move(start)](const Problem& problem, const Completion& completion) {
    const auto promise = std::make_shared<std::promise<Grade>>();
    start(problem, completion, [promise](Grade grade) {
      try {
        promise->set_value(std::move(grade));
      } catch (const std::future_error&) {  // called twice: the first answer stands
      }
    });
    return promise->get_future();
  };
}

Rule Rule::bounded(Rule rule) {
  rule.is_bounded_ = true;
  return rule;
}

Rule::operator bool() const {
  return std::visit(
      Overloaded{[](std::monostate) { return false; }, [](const auto& way) { return static_cast<bool>(way); }}, way_);
}

StatefulReward* Rule::stateful() const {
  const auto* reward = std::get_if<std::shared_ptr<StatefulReward>>(&way_);
  return reward ? reward->get() : nullptr;
}

Grade Rule::operator()(const Problem& problem, const Completion& completion) const {
  if (const auto* rule = std::get_if<RewardRule>(&way_)) return (*rule)(problem, completion);
  return std::move(grade(problem, {&completion, 1}).front());
}

std::vector<Grade> Rule::grade(const Problem& problem, std::span<const Completion> completions) const {
  check(static_cast<bool>(*this), "there is no rule to grade with");
  std::vector<Grade> grades = std::visit(Overloaded{[&](std::monostate) { return std::vector<Grade>(); },
                                                    [&](const RewardRule& rule) {
                                                      std::vector<Grade> one_by_one;
                                                      for (const Completion& completion : completions)
                                                        one_by_one.push_back(rule(problem, completion));
                                                      return one_by_one;
                                                    },
                                                    [&](const GroupRule& rule) { return rule(problem, completions); },
                                                    [&](const AsyncRule& rule) {
                                                      std::vector<std::future<Grade>> answers;
                                                      for (const Completion& completion : completions)
                                                        answers.push_back(rule(problem, completion));
                                                      std::vector<Grade> ready;
                                                      for (std::future<Grade>& answer : answers)
                                                        ready.push_back(answer.get());
                                                      return ready;
                                                    },
                                                    [&](const std::shared_ptr<StatefulReward>& reward) {
                                                      return reward->grade_group(problem, completions);
                                                    }},
                                         way_);
  check(grades.size() == completions.size(), "returned {} grades for {} completions", grades.size(),
        completions.size());
  return grades;
}

}  // namespace cohort
