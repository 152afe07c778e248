#include "cohort/rewards/chain_sum.hpp"

#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

/// "-0016" as "-16"; nothing if the text is no integer.
std::optional<std::string> read_integer(std::string_view text) {
  text = trim(text);
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  constexpr size_t max_digits = 1000;
  if (text.empty() || text.size() > max_digits || text.find_first_not_of("0123456789") != text.npos)
    return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  if (text.empty()) return "0";
  std::string integer(is_negative ? "-" : "");
  return integer.append(text);
}

}  // namespace

Grade chain_sum(const Problem& problem, const Completion& completion) {
  const auto gold = read_integer(problem.answer);
  Grade grade(0.0, gold ? "unparsed" : "gold_unparsed");
  if (!gold) grade.score = std::nullopt;
  const auto tag = last_block(after_thinking(completion.text), "<answer>", "</answer>");
  const auto answer = tag ? read_integer(*tag) : std::nullopt;
  if (!gold || !answer) return grade;
  grade.score = *answer == *gold ? 1.0 : 0.0;
  grade.verdict = *answer == *gold ? "equal" : "different";
  grade.extracted = answer;
  grade.rule = "answer_tag";
  return grade;
}

}  // namespace cohort::rewards
