#include "cohort/rewards/choice.hpp"

#include "cohort/error.hpp"
#include "rewards/math/characters.hpp"
#include "rewards/text/extract.hpp"
#include "rewards/text/latex.hpp"
#include "rewards/text/number.hpp"

namespace cohort::rewards {
namespace {

struct Choice {
  char letter;
  const char* rule;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The letter that an anchored text begins with: "B", "(b)", "B. Paris", "option B"; none if a second one follows.
std::optional<char> leading_letter(std::string_view anchored, std::string_view letters) {
  if (anchored.size() > max_answer_bytes) return std::nullopt;
  const std::string clean = clean_latex(anchored);
  std::string_view text = clean;
  const auto skip = [&](std::string_view characters) {
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
  };
  skip(" ([*\"'");
  for (const std::string_view word : {"option ", "choice ", "Option ", "Choice "})
    if (text.starts_with(word)) text.remove_prefix(word.size());
  skip(" ([*\"'");
  if (text.empty() || letters.find(math::to_upper(text[0])) == letters.npos || (text.size() > 1 && is_word(text[1])))
    return std::nullopt;
  const char letter = math::to_upper(text[0]);
  text.remove_prefix(1);
  skip(" )]*.");
  for (const std::string_view joint : {"or ", "and ", "/", ",", "&"}) {
    if (!text.starts_with(joint)) continue;
    text.remove_prefix(joint.size());
    skip(" ([*");
    if (!text.empty() && letters.find(text[0]) != letters.npos && (text.size() == 1 || !is_word(text[1])))
      return std::nullopt;
  }
  return letter;
}

/// The last (B), else the last B between words. "A" and "I" before a small letter are English.
std::optional<char> last_letter(std::string_view text, std::string_view letters) {
  std::optional<char> bare;
  for (size_t i = text.size(); i-- > 0;) {
    if (letters.find(text[i]) == letters.npos) continue;
    if (i > 0 && text[i - 1] == '(' && i + 1 < text.size() && text[i + 1] == ')') return text[i];
    const bool alone = (i == 0 || !is_word(text[i - 1])) && (i + 1 == text.size() || !is_word(text[i + 1]));
    const bool is_english = (text[i] == 'A' || text[i] == 'I') && i + 2 < text.size() && text[i + 1] == ' ' &&
                            text[i + 2] >= 'a' && text[i + 2] <= 'z';
    if (alone && !is_english && !bare) bare = text[i];
  }
  return bare;
}

std::optional<Choice> choose(std::string_view text, std::string_view letters) {
  const std::pair<std::optional<std::string_view>, const char*> anchors[] = {
      {last_boxed(text), "boxed"},
      {last_block(text, "<answer>", "</answer>"), "answer_tag"},
      {last_answer_phrase(text), "answer_phrase"}};
  for (const auto& [anchored, rule] : anchors) {
    if (!anchored) continue;
    const auto letter = leading_letter(*anchored, letters);
    if (!letter) return std::nullopt;
    return Choice{*letter, rule};
  }
  if (const auto letter = last_letter(text, letters)) return Choice{*letter, "last_letter"};
  return std::nullopt;
}

}  // namespace

RewardRule choice(ChoiceOptions options) {
  check(!options.letters.empty(), "choice: letters is empty, expected some of A–Z");
  for (const char c : options.letters)
    check(c >= 'A' && c <= 'Z', "choice: letters must be capitals A–Z, got \"{}\"", options.letters);
  return [letters = options.letters](const Problem& problem, const Completion& completion) {
    const auto gold = leading_letter(problem.answer, letters);
    Grade grade(0.0, gold ? "unparsed" : "gold_unparsed");
    if (!gold) grade.score = std::nullopt;
    const auto chosen = choose(after_thinking(completion.text), letters);
    if (!gold || !chosen) return grade;
    grade.score = chosen->letter == *gold ? 1.0 : 0.0;
    grade.verdict = chosen->letter == *gold ? "equal" : "different";
    grade.extracted = std::string(1, chosen->letter);
    grade.rule = chosen->rule;
    return grade;
  };
}

}  // namespace cohort::rewards
