#include "rewards/answers/answer_part.hpp"

#include <algorithm>

#include "rewards/text/extract.hpp"

namespace cohort::rewards {

std::optional<std::string_view> part_of(std::string_view completion, ExactSource source) {
  const std::string_view text = trim(after_thinking(completion));
  if (source == ExactSource::answer_tag) return last_block(text, "<answer>", "</answer>");
  if (source == ExactSource::last_line) return trim(text.substr(text.rfind('\n') + 1));
  return text;
}

std::string shown(std::string_view answer) {
  constexpr size_t max_bytes = 2000;
  size_t size = std::min(answer.size(), max_bytes);
  // Not within a character: the text goes into JSON.
  while (size > 0 && size < answer.size() && (static_cast<unsigned char>(answer[size]) & 0xC0) == 0x80) --size;
  return std::string(answer.substr(0, size));
}

}  // namespace cohort::rewards
