#include "cohort/rewards/reasoning_steps.hpp"

#include <algorithm>
#include <unordered_set>

#include "cohort/error.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

size_t num_digits(std::string_view text) { return std::min(text.find_first_not_of("0123456789"), text.size()); }

/// Bytes of the step marker at the front of `text`; 0 if there is none.
size_t marker_size(std::string_view text, bool is_line_start) {
  constexpr std::string_view step = "Step ";
  if (text.starts_with(step)) {
    const size_t end = step.size() + num_digits(text.substr(step.size()));
    return end > step.size() && text.substr(end).starts_with(':') ? end + 1 : 0;
  }
  for (const std::string_view word : {"First,", "Second,", "Next,", "Finally,"})
    if (text.starts_with(word)) return word.size();
  if (!is_line_start) return 0;
  const size_t digits = num_digits(text);
  return digits > 0 && text.substr(digits).starts_with('.') ? digits + 1 : 0;
}

/// Steps of a text, equal ones counted once if `distinct`.
int64_t count_steps(std::string_view text, bool distinct) {
  std::unordered_set<std::string_view> seen;
  int64_t num_steps = 0;
  const auto add = [&](std::string_view step) { num_steps += !distinct || seen.insert(step).second ? 1 : 0; };
  for (size_t i = 0; i < text.size();) {
    const bool is_line_start = i == 0 || text[i - 1] == '\n';
    const bool is_bullet = is_line_start && (text[i] == '-' || text[i] == '*');
    if (is_bullet) {
      const std::string_view line = text.substr(i, std::min(text.find('\n', i), text.size()) - i);
      if (!distinct || line.find_first_not_of("-* \t\r") != line.npos) add(trim(line));
      ++i;
      continue;
    }
    const size_t size = marker_size(text.substr(i), is_line_start);
    if (size > 0) add(text.substr(i, size));
    i += std::max<size_t>(size, 1);
  }
  return num_steps;
}

}  // namespace

RewardRule reasoning_steps(ReasoningStepsOptions options) {
  check(options.full_steps >= 1, "reasoning_steps: full_steps must be at least 1, got {}", options.full_steps);
  return [options](const Problem&, const Completion& completion) {
    const int64_t num_steps = count_steps(completion.text, options.distinct);
    return Grade(std::min(1.0, static_cast<double>(num_steps) / static_cast<double>(options.full_steps)),
                 std::to_string(num_steps));
  };
}

}  // namespace cohort::rewards
