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

Rule Rule::bounded(GroupRule rule) {
  Rule made(std::move(rule));
  made.is_bounded_ = true;
  return made;
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
  const auto one_by_one = [&](const auto& rule) {
    std::vector<Grade> grades;
    for (const Completion& completion : completions) grades.push_back(rule(completion));
    return grades;
  };
  return std::visit(
      Overloaded{[&](std::monostate) { return std::vector<Grade>(); },
                 [&](const RewardRule& rule) {
                   return one_by_one([&](const Completion& completion) { return rule(problem, completion); });
                 },
                 [&](const GroupRule& rule) {
                   std::vector<Grade> grades = rule(problem, completions);
                   check(grades.size() == completions.size(), "returned {} grades for {} completions", grades.size(),
                         completions.size());
                   return grades;
                 },
                 [&](const AsyncRule& rule) {
                   std::vector<std::future<Grade>> answers;
                   for (const Completion& completion : completions) answers.push_back(rule(problem, completion));
                   std::vector<Grade> grades;
                   for (std::future<Grade>& answer : answers) grades.push_back(answer.get());
                   return grades;
                 },
                 [&](const std::shared_ptr<StatefulReward>& reward) {
                   return one_by_one([&](const Completion& completion) { return reward->grade(problem, completion); });
                 }},
      way_);
}

}  // namespace cohort
