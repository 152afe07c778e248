#include "cohort/rewards/accuracy.hpp"

#include <algorithm>

#include "cohort/error.hpp"
#include "cohort/rewards/math.hpp"
#include "rewards/answers/gold_answers.hpp"
#include "rewards/text/extract.hpp"
#include "rewards/text/unicode.hpp"

namespace cohort::rewards {
namespace {

/// Whether something points at the answer that math_answer() read.
bool is_anchored(const Grade& grade) {
  constexpr std::string_view anchors[] = {"boxed", "answer_tag", "####", "answer_phrase", "final_answer"};
  return std::ranges::find(anchors, grade.rule) != std::end(anchors);
}

/// Whether a gold answer is a sentence or a name: words, blanks and punctuation without anything of a formula.
bool is_in_words(std::string_view gold) {
  constexpr size_t min_letters = 3;  // shorter runs may be products of variables
  constexpr std::string_view of_formulas[] = {"inf", "infinity", "sin", "cos", "tan", "log", "exp", "max", "min"};
  bool has_word = false;
  size_t begin = 0, num_letters = 0;
  const auto end_word = [&](size_t end) {
    if (num_letters == 0) return;
    const std::string word = to_lower(gold.substr(begin, end - begin));
    has_word |= num_letters >= min_letters && std::ranges::find(of_formulas, word) == std::end(of_formulas);
    num_letters = 0;
  };
  for (size_t i = 0; i < gold.size();) {
    const size_t place = i;
    const char32_t c = next_code_point(gold, i);
    if (script_of(c) != Script::none) {
      if (num_letters++ == 0) begin = place;
      continue;
    }
    constexpr std::u32string_view signs = U".,;:!?'\"-_()";
    if (!is_blank(c) && signs.find(c) == signs.npos) return false;
    end_word(place);
  }
  end_word(gold.size());
  return has_word;
}

bool are_in_words(const std::string& answer) {
  const std::vector<std::string> golds = gold_answers(answer);
  return std::ranges::all_of(golds, is_in_words);
}

Grade gold_unparsed() {
  Grade grade;
  grade.verdict = "gold_unparsed";
  return grade;
}

/// math_answer() of a text, which earns 0 where no anchor points at its answer.
Grade grade_text(const Problem& problem, const Completion& completion, bool requires_anchor) {
  if (are_in_words(problem.answer)) return gold_unparsed();
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
    Grade grade = grade_text(problem, {}, options.requires_anchor);  // says whether there is a gold answer
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
