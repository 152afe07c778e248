#include "cohort/rewards/gsm8k.hpp"

#include "rewards/text/extract.hpp"
#include "rewards/text/latex.hpp"
#include "rewards/text/number.hpp"

namespace cohort::rewards {
namespace {

std::optional<Number> read_gold(std::string_view answer) {
  const auto line = last_hashes(answer);
  return read_number(clean_latex(line ? *line : answer.substr(0, max_answer_bytes + 1)));
}

}  // namespace

RewardRule gsm8k(Gsm8kOptions options) {
  return [options](const Problem& problem, const Completion& completion) {
    const auto gold = read_gold(problem.answer);
    Grade grade(0.0, gold ? "unparsed" : "gold_unparsed");
    if (!gold) {
      grade.score = std::nullopt;
      return grade;
    }
    const std::string_view text = after_thinking(completion.text);
    grade.rule = "####";
    auto found = last_hashes(text);
    if (!found && options.extraction == Gsm8kExtraction::flexible) {
      grade.rule = "last_number";
      found = last_number(text);
    }
    const auto answer = found ? read_number(clean_latex(*found)) : std::nullopt;
    if (!answer) {
      grade.rule.clear();
      return grade;
    }
    const bool right = same_number(*gold, *answer);
    grade.score = right ? 1.0 : 0.0;
    grade.verdict = right ? "equal" : "different";
    grade.extracted = std::string(*found);
    return grade;
  };
}

}  // namespace cohort::rewards
