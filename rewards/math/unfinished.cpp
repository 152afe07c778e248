#include "rewards/math/unfinished.hpp"

#include <algorithm>
#include <span>

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

using Words = std::span<const std::string_view>;

constexpr size_t max_sentence_bytes = 400;

/// The last sentence of the last line; points within numbers end none.
std::string_view last_sentence(std::string_view text) {
  std::string_view line = cut_end(text, " \t\r\n*_`");
  line = line.substr(line.rfind('\n') + 1);
  for (size_t i = line.size(); i-- > 1;)
    if (line[i] == ' ')
      if (const auto before = cut_end(line.substr(0, i), "$*)"); !before.empty() && is_one_of(before.back(), ".!?"))
        return skip(line.substr(i), " *_`");
  return skip(line, " *_`>#-");
}

bool has_number(std::string_view text) { return text.find_first_of("0123456789\\") != text.npos; }

bool starts_in(std::string_view text, Words words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return starts_with_word(text, word); });
}

bool has_word(std::string_view text, Words words) {
  for (size_t i = 0; i < text.size(); i += std::max<size_t>(word_at(text.substr(i)), 1))
    if (is_letter(text[i]) && starts_in(text.substr(i), words)) return true;
  return false;
}

/// "is", "by", "=" at the very end: something was to follow.
bool breaks_off(std::string_view sentence) {
  sentence = cut_end(sentence, " $");
  if (sentence.ends_with('=') || sentence.ends_with(':')) return true;
  static constexpr std::string_view words[] = {
      "is",  "are",  "was",     "by",    "and",       "to",   "becomes", "equals", "that",     "we",       "get",
      "the", "of",   "with",    "from",  "for",       "than", "compute", "find",   "evaluate", "gives",    "because",
      "if",  "then", "suppose", "since", "therefore", "thus", "hence",   "so",     "let",      "consider", "determine"};
  for (const std::string_view verb : {" is what ", " is the ", " are what ", " are the "})  // "5 is what we get"
    if (const size_t place = sentence.find(verb); place != sentence.npos && place > 0)
      if (is_digit(sentence[place - 1]) || is_one_of(sentence[place - 1], "$*})")) return false;
  size_t begin = sentence.size();
  while (begin > 0 && is_letter(sentence[begin - 1])) --begin;
  const std::string_view last = sentence.substr(begin);
  const bool is_word = begin > 0 && sentence[begin - 1] == ' ' && !last.empty() && is_lower(last[0]);
  return is_word && std::ranges::find(words, last) != std::end(words);
}

/// Whether `rest` comes to a result: "we need to find 5 + 3 = 8", "consider 5 and 3, which make 8".
bool concludes(std::string_view rest) {
  static constexpr std::string_view words[] = {"so",   "thus", "therefore", "hence", "which",  "gives", "get",
                                               "gets", "make", "makes",     "then",  "equals", "total", "answer"};
  return rest.find_first_of("=,;:") != rest.npos || rest.find("≈") != rest.npos || has_word(rest, words);
}

/// The same behind a task, which has no verb: "to find the sum is to add 5 and 3".
bool goes_on(std::string_view rest) {
  static constexpr std::string_view words[] = {"is", "are", "have", "means", "add", "leaves"};
  return concludes(rest) || has_word(rest, words);
}

/// What is still to be done, with no result behind it.
bool is_plan(std::string_view sentence) {
  static constexpr std::string_view tasks[] = {
      "we need to ",    "we have to ",         "we must ",       "we want to ", "i need to ",
      "it remains to ", "what remains is to ", "remains is to ", "task is to ", "what is left is to "};
  static constexpr std::string_view verbs[] = {"find",      "compute", "evaluate", "determine",
                                               "calculate", "count",   "solve",    "simplify"};
  static constexpr std::string_view openings[] = {"consider",  "suppose",    "recall that", "recall",
                                                  "let's try", "let us try", "we will use", "we'll use"};
  for (size_t i = 0; i < sentence.size(); i += std::max<size_t>(word_at(sentence.substr(i)), 1)) {
    const std::string_view rest = sentence.substr(i);
    for (const std::string_view task : tasks)
      if (starts_with_ignoring_case(rest, task) && starts_in(rest.substr(task.size()), verbs))
        return !has_number(sentence.substr(0, i)) && !goes_on(rest.substr(task.size()));
  }
  static constexpr std::string_view fillers[] = {"now", "next", "first", "so", "then"};
  std::string_view opening = sentence;
  for (const std::string_view filler : fillers)
    if (starts_with_word(opening, filler)) opening = skip(opening.substr(filler.size()), ", ");
  for (const std::string_view words : openings)
    if (starts_with_word(opening, words)) return has_number(opening) && !concludes(opening.substr(words.size()));
  return false;
}

/// "168 doesn't look right": the last word on it.
bool is_rejected(std::string_view sentence) {
  sentence = cut_end(sentence, " .!");
  for (const std::string_view verb : {"look right", "seem right", "look correct", "seem correct"})
    if (sentence.ends_with(verb)) {
      const std::string_view before = cut_end(sentence.substr(0, sentence.size() - verb.size()), " ");
      return before.ends_with("n't") || before.ends_with("n’t") || before.ends_with(" not");
    }
  return false;
}

/// Whether the last line states a value: "Therefore x = 5.", "**5**".
bool states_value(std::string_view text) {
  const std::string_view end = cut_end(text, " \t\r\n");
  const std::string_view line = end.substr(end.rfind('\n') + 1);
  if (line.starts_with("**") && line.size() > 4 && line.find("**", 2) >= line.size() - 3)
    return line.find_first_of("0123456789") != line.npos && word_at(line.substr(2)) < 2;
  static constexpr std::string_view words[] = {"so", "thus", "therefore", "hence"};
  const std::string_view sentence = last_sentence(text);
  return starts_in(sentence, words) && sentence.find_first_of("0123456789") != sentence.npos;
}

}  // namespace

bool is_unfinished(std::string_view text) {
  const std::string_view sentence = last_sentence(text);
  if (sentence.size() > max_sentence_bytes) return breaks_off(sentence);
  return breaks_off(sentence) || is_plan(sentence) || is_rejected(sentence);
}

std::string_view without_aside(std::string_view text) {
  static constexpr std::string_view headings[] = {"verification", "check", "explanation", "note that", "note:"};
  static constexpr std::string_view others[] = {"so",    "thus",  "therefore", "hence",   "answer", "wait",  "but",
                                                "not",   "wrong", "however",   "mistake", "total",  "final", "should",
                                                "no",    "or",    "actually",  "add",     "adding", "then",  "get",
                                                "gives", "makes", "leaves",    "also"};
  const std::string_view all = cut_end(text, " \t\r\n");
  const size_t place = all.rfind('\n');
  if (place == all.npos || all.size() - place > max_sentence_bytes) return text;
  const std::string_view aside = skip(all.substr(place + 1), " *_`#(>");
  const std::string_view before = all.substr(0, place);
  if (!starts_in(aside, headings) || has_word(aside, others) || !states_value(before)) return text;
  return before;
}

}  // namespace cohort::rewards::math
