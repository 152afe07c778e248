#include "cohort/rewards/format.hpp"

#include <algorithm>
#include <cmath>

#include "cohort/error.hpp"
#include "rewards/text/code_blocks.hpp"
#include "rewards/text/extract.hpp"

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

bool occurs_once(std::string_view text, std::string_view what) {
  const size_t first = text.find(what);
  return first != text.npos && text.find(what, first + 1) == text.npos;
}

/// The answer of a text in tag_lines_format(); nothing where it has not that format.
std::optional<std::string_view> answer_in_tag_lines(std::string_view text) {
  for (const std::string_view tag : {"<think>", "</think>", "<answer>", "</answer>"})
    if (!occurs_once(text, tag)) return std::nullopt;
  constexpr std::string_view open = "<think>\n", middle = "\n</think>\n<answer>\n", close = "\n</answer>";
  const size_t turn = text.find(middle), end = text.find(close);
  if (!text.starts_with(open) || turn == text.npos || end == text.npos) return std::nullopt;
  const size_t begin = turn + middle.size();
  if (turn < open.size() || end < begin || !trim(text.substr(end + close.size())).empty()) return std::nullopt;
  return text.substr(begin, end - begin);
}

/// Whether there is a block of backticks with `language` alone on its fence, and it is closed.
bool has_code_block(std::string_view text, std::string_view language) {
  const auto blocks = code_blocks(text);
  return std::any_of(blocks.begin(), blocks.end(), [&](const CodeBlock& block) {
    return block.is_closed && block.mark == '`' && block.info == language;
  });
}

bool has_block(std::string_view text, std::string_view open, std::string_view close) {
  const size_t begin = text.find(open);
  return begin != text.npos && text.find(close, begin + open.size()) != text.npos;
}

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

Grade tag_lines_format(const Problem&, const Completion& completion) {
  return format_grade(answer_in_tag_lines(completion.text).has_value());
}

RewardRule code_format(CodeFormatOptions options) {
  check(!options.language.empty() && options.language.find_first_of(" \t\r\n`") == options.language.npos,
        "code_format: language must be one word, got \"{}\"", options.language);
  return [options](const Problem&, const Completion& completion) {
    const auto answer = answer_in_tag_lines(completion.text);
    return format_grade(answer && has_code_block(*answer, options.language));
  };
}

Grade tag_count(const Problem&, const Completion& completion) {
  int num_once = 0;
  for (const std::string_view tag : {"<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>"})
    num_once += occurs_once(completion.text, tag) ? 1 : 0;
  return {0.25 * num_once, std::to_string(num_once)};
}

RewardRule tag_weights(TagWeightsOptions options) {
  check(std::isfinite(options.think_weight) && std::isfinite(options.answer_weight),
        "tag_weights: weights must be finite, got {} and {}", options.think_weight, options.answer_weight);
  return [options](const Problem&, const Completion& completion) {
    const bool has_think = has_block(completion.text, "<think>", "</think>");
    const bool has_answer = has_block(completion.text, "<answer>", "</answer>");
    return Grade((has_think ? options.think_weight : 0.0) + (has_answer ? options.answer_weight : 0.0),
                 has_think && has_answer ? "format" : "no_format");
  };
}

}  // namespace cohort::rewards
