#include "cohort/rewards/exact.hpp"

#include <algorithm>

#include "rewards/answers/answer_part.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

bool same_text(std::string_view left, std::string_view right, bool ignore_case) {
  if (!ignore_case) return left == right;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char l, char r) { return lower(l) == lower(r); });
}

}  // namespace

RewardRule exact(ExactOptions options) {
  return [options](const Problem& problem, const Completion& completion) {
    const auto text = part_of(completion.text, options.source);
    if (!text) return Grade(0.0, "unparsed");
    const bool right = same_text(trim(problem.answer), *text, options.ignore_case);
    Grade grade(right ? 1.0 : 0.0, right ? "equal" : "different");
    grade.extracted = shown(*text);
    return grade;
  };
}

}  // namespace cohort::rewards
