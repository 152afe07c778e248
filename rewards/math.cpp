#include "cohort/rewards/math.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "rewards/extract.hpp"
#include "rewards/latex.hpp"
#include "rewards/number.hpp"

namespace cohort::rewards {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "x = 5" as {"x", "5"}; the first part is empty where the text names no single variable.
std::pair<std::string_view, std::string_view> split_assignment(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || text.find('=', equals + 1) != text.npos) return {"", text};
  const std::string_view name = trim(text.substr(0, equals));
  if (name.size() != 1 || !is_letter(name[0])) return {"", text};
  return {name, trim(text.substr(equals + 1))};
}

/// The entries of "(1, 2)" or "1, 2", cut at the commas outside all brackets; one entry if there is no such comma.
std::vector<std::string_view> split_tuple(std::string_view text) {
  std::vector<std::string_view> entries;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '[' || text[i] == '{') ++depth;
    if (text[i] == ')' || text[i] == ']' || text[i] == '}') --depth;
    if (text[i] != ',' || depth > 0) continue;
    entries.push_back(trim(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  entries.push_back(trim(text.substr(begin)));
  return entries;
}

/// The bracket round a whole text: "(1, 2]" gives {"(", "]"}; empty where there is none.
std::pair<std::string_view, std::string_view> brackets(std::string_view text) {
  for (const std::string_view open : {"(", "[", "\\{"})
    for (const std::string_view close : {")", "]", "\\}"})
      if (text.size() >= open.size() + close.size() && text.starts_with(open) && text.ends_with(close))
        return {open, close};
  return {"", ""};
}

bool same_entry(std::string_view gold, std::string_view answer) {
  const auto gold_number = read_number(gold);
  const auto answer_number = read_number(answer);
  if (gold_number && answer_number) return same_number(*gold_number, *answer_number);
  return canonical_text(gold) == canonical_text(answer);
}

bool same_tuple(std::string_view gold, std::string_view answer) {
  const auto gold_brackets = brackets(gold), answer_brackets = brackets(answer);
  if (gold_brackets != answer_brackets) return false;
  const auto inside = [&](std::string_view text) {
    text.remove_prefix(gold_brackets.first.size());
    text.remove_suffix(gold_brackets.second.size());
    return split_tuple(text);
  };
  const auto gold_entries = inside(gold), answer_entries = inside(answer);
  return gold_entries.size() > 1 &&
         std::equal(gold_entries.begin(), gold_entries.end(), answer_entries.begin(), answer_entries.end(), same_entry);
}

/// The number in "48 + 24 = 72" or "Natalia sold 72 clips", for a gold answer that is a number. None where several are
/// offered: an answer may not hedge.
std::optional<Number> number_within(std::string_view clean) {
  if (const size_t equals = clean.rfind('='); equals != clean.npos) return read_number(clean.substr(equals + 1));
  for (const std::string_view word : {" or ", " and ", ",", ";"})
    if (clean.find(word) != clean.npos) return std::nullopt;
  const auto number = last_number(clean);
  if (!number) return std::nullopt;
  const auto words = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
      return is_letter(c) || (c >= '0' && c <= '9') || c == ' ' || c == '.' || c == ':' || c == '\'' || c == '$';
    });
  };
  const size_t begin = static_cast<size_t>(number->data() - clean.data());
  if (!words(clean.substr(0, begin)) || !words(clean.substr(begin + number->size()))) return std::nullopt;
  if (begin > 0 && is_letter(clean[begin - 1])) return std::nullopt;
  // The word behind it must be a unit: neither "2x" nor "5 x" nor "18 million".
  const std::string_view tail = trim(clean.substr(begin + number->size()));
  const size_t word =
      std::min(tail.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), tail.size());
  const size_t end = static_cast<size_t>(tail.data() - clean.data()) + word;
  return tail.empty() ? read_number(*number) : read_number(clean.substr(begin, end - begin));
}

bool same_answer(std::string_view gold, std::string_view answer) {
  const auto [gold_name, gold_value] = split_assignment(gold);
  const auto [answer_name, answer_value] = split_assignment(answer);
  if (!gold_name.empty() && !answer_name.empty() && gold_name != answer_name) return false;
  if (same_entry(gold_value, answer_value) || same_tuple(gold_value, answer_value)) return true;
  const auto gold_number = read_number(gold_value);
  if (!gold_number || read_number(answer_value)) return false;
  const auto number = number_within(answer);
  return number && same_number(*gold_number, *number);
}

/// The texts any of which is right; a gold answer may be a whole solution that ends in a box or in "#### n".
std::vector<std::string> gold_answers(const std::string& answer) {
  std::vector<std::string> answers = {answer};
  if (trim(answer).starts_with('[')) {
    const auto list = nlohmann::json::parse(answer, nullptr, false);
    const auto is_string = [](const nlohmann::json& entry) { return entry.is_string(); };
    if (list.is_array() && !list.empty() && std::all_of(list.begin(), list.end(), is_string)) answers = list;
  }
  std::vector<std::string> clean;
  for (const std::string& text : answers) {
    std::string_view gold = text;
    if (const auto box = last_boxed(gold))
      gold = *box;
    else if (const auto line = last_hashes(gold))
      gold = *line;
    if (gold.size() <= max_answer_bytes)
      if (std::string value = clean_latex(gold); !value.empty()) clean.push_back(std::move(value));
  }
  return clean;
}

}  // namespace

Grade math_answer(const Problem& problem, const Completion& completion) {
  const std::vector<std::string> golds = gold_answers(problem.answer);
  Grade grade(0.0, "unparsed");
  if (golds.empty()) {
    grade.score = std::nullopt;
    grade.verdict = "gold_unparsed";
    return grade;
  }
  const auto is_right = [&](std::string_view answer) {
    const std::string clean = clean_latex(answer);
    return std::any_of(golds.begin(), golds.end(), [&](const auto& gold) { return same_answer(gold, clean); });
  };
  const std::string_view whole = trim(after_thinking(completion.text));
  auto found = extract_answer(completion.text);
  // A completion of one line may be nothing but the answer, such as "\frac{x}{2}", whose last number means nothing.
  const bool is_short = !whole.empty() && whole.size() <= 200 && whole.find('\n') == whole.npos;
  const bool is_guess = found && std::string_view(found->rule) == "last_number";
  if (is_short && (!found || (is_guess && !is_right(found->text))) && is_right(whole))
    found = Extracted{whole, "whole"};
  if (!found || found->text.size() > max_answer_bytes || clean_latex(found->text).empty()) return grade;

  const bool right = is_right(found->text);
  grade.score = right ? 1.0 : 0.0;
  grade.verdict = right ? "equal" : "different";
  grade.extracted = std::string(found->text);
  grade.rule = found->rule;
  return grade;
}

}  // namespace cohort::rewards
