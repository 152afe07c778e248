#include "cohort/rewards/dapo.hpp"

#include <algorithm>
#include <utility>

#include "rewards/text/extract.hpp"
#include "rewards/text/unicode.hpp"

namespace cohort::rewards {
namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string result;
  for (size_t found = text.find(what); found != text.npos; found = text.find(what)) {
    result.append(text.substr(0, found)).append(with);
    text.remove_prefix(found + what.size());
  }
  return result.append(text);
}

/// What `edit` makes of each line.
template <typename Edit>
std::string by_lines(std::string_view text, Edit edit) {
  std::string result;
  while (true) {
    const size_t end = std::min(text.find('\n'), text.size());
    result += edit(text.substr(0, end));
    if (end == text.size()) return result;
    result += '\n';
    text.remove_prefix(end + 1);
  }
}

/// The first "$…$" of a line, dollars included; the whole line where there is none.
std::string_view first_dollars(std::string_view line) {
  const size_t open = line.find('$');
  const size_t close = open == line.npos ? open : line.find('$', open + 1);
  return close == line.npos ? line : line.substr(open, close - open + 1);
}

/// Takes `open` and the next brace that closes off each "open…}" of a line.
std::string without_command(std::string_view line, std::string_view open) {
  std::string result;
  for (size_t found = line.find(open); found != line.npos; found = line.find(open)) {
    const size_t close = line.find('}', found + open.size());
    if (close == line.npos) break;
    result.append(line.substr(0, found)).append(line.substr(found + open.size(), close - found - open.size()));
    line.remove_prefix(close + 1);
  }
  return result.append(line);
}

/// The same for the first "\boxed{" and the last brace of a line.
std::string without_box(std::string_view line) {
  constexpr std::string_view open = "\\boxed{";
  const size_t found = line.find(open), close = line.rfind('}');
  if (found == line.npos || close == line.npos || close < found + open.size()) return std::string(line);
  std::string result(line.substr(0, found));
  return result.append(line.substr(found + open.size(), close - found - open.size())).append(line.substr(close + 1));
}

/// Puts braces round single characters that follow `command`, where all its arguments are there: "frac12" is
/// "frac{1}{2}".
std::string with_braces(std::string_view text, std::string_view command, int num_arguments) {
  std::string result;
  for (size_t found = text.find(command); found != text.npos; found = text.find(command)) {
    size_t end = found + command.size();
    result.append(text.substr(0, end));
    std::string arguments;
    int num_found = 0;
    while (num_found < num_arguments && end < text.size() && text[end] != '{') {
      const size_t begin = end;
      next_code_point(text, end);
      arguments.append("{").append(text.substr(begin, end - begin)).append("}");
      ++num_found;
    }
    const bool is_cut = num_found < num_arguments && end == text.size();
    result.append(is_cut ? text.substr(found + command.size()) : arguments);
    text.remove_prefix(end);
  }
  return result.append(text);
}

/// Digits with a comma before each three of them: "1,234". Not "1,2", which is a list.
bool is_integer_in_thousands(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  size_t group = std::min(text.find(','), text.size());
  if (group == 0 || group > 3 || text.substr(0, group).find_first_not_of(digits) != text.npos) return false;
  for (text.remove_prefix(group); !text.empty(); text.remove_prefix(4))
    if (text.size() < 4 || text[0] != ',' || text.substr(1, 3).find_first_not_of(digits) != text.npos) return false;
  return true;
}

/// What the last "Answer:" is followed by, to the end of its line. An answer may stand on the next line.
std::optional<std::string_view> answer_line(std::string_view text) {
  constexpr std::string_view word = "answer", blanks = " \t\r\n\v\f";
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::optional<std::string_view> last;
  for (size_t place = lower.find(word); place != lower.npos; place = lower.find(word, place)) {
    place += word.size();
    const size_t colon = text.find_first_not_of(blanks, place);
    if (colon == text.npos || text[colon] != ':') continue;
    const size_t begin = text.find_first_not_of(blanks, colon + 1);
    if (begin == text.npos) break;
    place = std::min(text.find('\n', begin), text.size());
    last = text.substr(begin, place - begin);
  }
  return last;
}

/// The content of the last \boxed{…}; nothing where the last one is not closed.
std::optional<std::string_view> last_strict_box(std::string_view text) {
  constexpr std::string_view open = "\\boxed{";
  const size_t found = text.rfind(open);
  if (found == text.npos) return std::nullopt;
  const std::string_view content = text.substr(found + open.size());
  int depth = 1;
  for (size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '{') ++depth;
    if (content[i] == '}' && --depth == 0) return content.substr(0, i);
  }
  return std::nullopt;
}

}  // namespace

std::string minerva_normalized(std::string_view answer) {
  // In this order: later entries see what the earlier ones leave.
  static constexpr std::pair<std::string_view, std::string_view> substitutions[] = {
      {"an ", ""}, {"a ", ""},       {".$", "$"},           {"\\$", ""},          {"\\ ", ""},
      {" ", ""},   {"mbox", "text"}, {",\\text{and}", ","}, {"\\text{and}", ","}, {"\\text{m}", "\\text{}"}};
  static constexpr std::string_view removed[] = {
      "square",     "ways",       "integers",  "dollars",      "mph",
      "inches",     "hours",      "km",        "units",        "\\ldots",
      "sue",        "points",     "feet",      "minutes",      "digits",
      "cents",      "degrees",    "cm",        "gm",           "pounds",
      "meters",     "meals",      "edges",     "students",     "childrentickets",
      "multiples",  "\\text{s}",  "\\text{.}", "\\text{\ns}",  "\\text{}^2",
      "\\text{}^3", "\\text{\n}", "\\text{}",  "\\mathrm{th}", "^\\circ",
      "^{\\circ}",  "\\;",        ",\\!",      "{,}",          "\"",
      "\\dots"};
  std::string text(answer.substr(answer.rfind('=') + 1));
  for (const auto& [what, with] : substitutions) text = replaced(text, what, with);
  for (const std::string_view what : removed) text = replaced(text, what, "");
  text = by_lines(text, [](std::string_view line) {
    std::string result(first_dollars(line));
    for (const std::string_view command : {"\\text{", "\\textbf{", "\\overline{"})
      result = without_command(result, command);
    return without_box(result);
  });
  text = replaced(with_braces(with_braces(text, "frac", 2), "sqrt", 1), "$", "");
  const std::string_view number = std::string_view(text).substr(0, text.find_last_not_of(',') + 1);
  return is_integer_in_thousands(number) ? replaced(number, ",", "") : std::string(trim(text));
}

RewardRule dapo(DapoOptions options) {
  return [options](const Problem& problem, const Completion& completion) {
    constexpr size_t max_characters = 300, max_box_characters = 100;
    const bool is_line = options.extraction == DapoExtraction::answer_line;
    const std::string gold = is_line ? minerva_normalized(problem.answer) : problem.answer;
    Grade grade(-1.0, gold.empty() ? "gold_unparsed" : "unparsed");
    if (gold.empty()) grade.score = std::nullopt;
    const std::string_view end = last_characters(completion.text, is_line ? max_characters : max_box_characters);
    const auto found = is_line ? answer_line(end) : last_strict_box(end);
    if (gold.empty() || !found) return grade;
    const bool is_right = (is_line ? minerva_normalized(*found) : std::string(*found)) == gold;
    grade = Grade(is_right ? 1.0 : -1.0, is_right ? "equal" : "different");
    grade.extracted = std::string(*found);
    grade.rule = is_line ? "answer_phrase" : "boxed";
    return grade;
  };
}

}  // namespace cohort::rewards
