#include "cohort/rewards/format.hpp"

#include "rewards/extract.hpp"

namespace cohort::rewards {
namespace {

// Removes "open…close" from the front of `text`. False if it is not there, or `open` occurs again.
bool take_block(std::string_view& text, std::string_view open, std::string_view close) {
  if (!text.starts_with(open)) return false;
  const size_t end = text.find(close, open.size());
  if (end == text.npos || text.find(open, open.size()) != text.npos) return false;
  text = trim(text.substr(end + close.size()));
  return true;
}

Grade format_grade(bool ok) { return {ok ? 1.0 : 0.0, ok ? "format" : "no_format"}; }

}  // namespace

Grade think_answer_format(const Problem&, const Completion& completion) {
  std::string_view text = trim(completion.text);
  return format_grade(take_block(text, "<think>", "</think>") && take_block(text, "<answer>", "</answer>") &&
                      text.empty());
}

Grade think_format(const Problem&, const Completion& completion) {
  std::string_view text = completion.text;
  return format_grade(take_block(text, "<think>", "</think>"));
}

}  // namespace cohort::rewards
