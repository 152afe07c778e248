#include "cohort/rewards/accuracy.hpp"

#include "cohort/error.hpp"
#include "cohort/rewards/math.hpp"
#include "rewards/extract.hpp"

namespace cohort::rewards {
namespace {

bool is_anchored(const Grade& grade) { return grade.rule != "last_number" && grade.rule != "whole"; }

/// math_answer() of a text, which earns 0 where no anchor points at its answer.
Grade grade_text(const Problem& problem, const Completion& completion, bool requires_anchor) {
  Grade grade = math_answer(problem, completion);
  if (!requires_anchor || !grade.score || grade.rule.empty() || is_anchored(grade)) return grade;
  grade.score = 0.0;
  grade.verdict = "unanchored";
  return grade;
}

Completion with_text(std::string_view text) {
  Completion completion;
  completion.text = text;
  return completion;
}

}  // namespace

RewardRule accuracy(AccuracyOptions options) {
  return [options](const Problem& problem, const Completion& completion) {
    return grade_text(problem, completion, options.requires_anchor);
  };
}

RewardRule reasoning_accuracy(ReasoningAccuracyOptions options) {
  check(!options.delimiter.empty(), "reasoning_accuracy: delimiter is empty, expected a text such as </think>");
  return [options](const Problem& problem, const Completion& completion) {
    const std::string_view text = completion.text;
    const size_t place = text.rfind(options.delimiter);
    if (place != text.npos)
      return grade_text(problem, with_text(text.substr(place + options.delimiter.size())), options.requires_anchor);
    Grade grade = math_answer(problem, with_text(""));  // says whether there is a gold answer
    if (grade.score) grade = Grade(0.0, "no_delimiter");
    return grade;
  };
}

RewardRule geo3k(Geo3kOptions options) {
  check(0 <= options.format_weight && options.format_weight <= 1, "geo3k: format_weight must be from 0 to 1, got {}",
        options.format_weight);
  return [options](const Problem& problem, const Completion& completion) {
    Grade grade = math_answer(problem, completion);
    if (!grade.score) return grade;
    const bool is_boxed = grade.rule == "boxed";
    if (!is_boxed && !grade.rule.empty()) grade.verdict = "unboxed";
    const std::string_view text = completion.text;
    const size_t close = text.find("</think>");
    const bool has_format =
        text.starts_with("<think>") && close != text.npos && last_boxed(text.substr(close)).has_value();
    grade.score = (1.0 - options.format_weight) * (is_boxed ? *grade.score : 0.0) +
                  options.format_weight * (has_format ? 1.0 : 0.0);
    return grade;
  };
}

}  // namespace cohort::rewards
