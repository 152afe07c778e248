// What the words in front of a value say of it: that it is not the answer.
#include <algorithm>
#include <span>

#include "rewards/math/hedging.hpp"
#include "rewards/math/scan.hpp"
#include "rewards/math/sentence.hpp"

namespace cohort::rewards::math {
namespace {

using Words = std::span<const std::string_view>;

/// Whether the last byte is of a word; of ASCII only letters are.
bool ends_with_letter(std::string_view text) {
  return !text.empty() && (is_letter(text.back()) || static_cast<unsigned char>(text.back()) >= 0x80);
}

/// Whether one of `words`, which end with letters, ends the text.
bool ends_in(std::string_view text, Words words) {
  if (!ends_with_letter(text)) return false;
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return without_last(text, word).size() < text.size(); });
}

bool contains(std::string_view text, Words words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != text.npos; });
}

/// Whether a clause has a negation, which turns another one into an affirmation: "no number other than 8", "I don't
/// doubt that".
bool is_negative(std::string_view clause) {
  static constexpr std::string_view negations[] = {"no",     "not",     "never",      "cannot", "none",  "nothing",
                                                   "nobody", "without", "impossible", "hardly", "little"};
  for (size_t i = 0; i < clause.size(); i += std::max<size_t>(word_at(clause.substr(i)), 1))
    for (const std::string_view negation : negations)
      if (starts_with_word(clause.substr(i), negation)) return true;
  return clause.find("n't") != clause.npos || clause.find("n’t") != clause.npos;
}

/// The clause that leads to a value: what follows the last comma, with what stands before it where it is only a "that"
/// clause ("Suppose, for contradiction, that the answer is").
std::string_view last_clause(std::string_view claim) {
  const std::string_view clause = skip(behind_last(claim, ",:"), " ");
  return starts_with_word(clause, "that") ? claim : clause;
}

/// "The answer is coprime to", "the answer is a third of", "the answer is the next prime after": what comes next is
/// what the answer is compared with. "The answer is equal to" and "the answer is the sum of" lead to the answer itself.
bool is_compared_with(std::string_view claim) {
  std::string_view lead;
  for (const std::string_view anchor : {"answer is ", "nswer: "})
    if (const size_t place = claim.rfind(anchor); place != claim.npos)
      lead = cut_end(claim.substr(place + anchor.size()), " ");
  if (lead.empty() || lead.find_first_of(",:=$0123456789") != lead.npos) return false;
  static constexpr std::string_view prepositions[] = {
      "than",  "after",  "before", "below",  "above",   "under", "over",     "from",    "between", "near",
      "close", "beyond", "past",   "within", "exceeds", "up to", "at least", "at most", "almost",  "nearly"};
  const bool is_exception = without_last(lead, "other than").size() < lead.size();  // see is_excepted
  if (!is_exception && ends_in(lead, prepositions)) return true;
  if (const std::string_view noun = cut_end(without_last(lead, "of"), " "); noun.size() < lead.size()) {
    static constexpr std::string_view commons[] = {"common multiple", "common divisor", "common factor"};
    static constexpr std::string_view relations[] = {
        "half",     "third",     "thirds",   "quarter",  "quarters",   "fourth",    "fifth",      "sixth",
        "tenth",    "fraction",  "percent",  "part",     "divisor",    "factor",    "multiple",   "divisors",
        "factors",  "multiples", "root",     "roots",    "square",     "cube",      "power",      "powers",
        "function", "inverse",   "negative", "opposite", "reciprocal", "logarithm", "complement", "short"};
    return ends_in(noun, relations) && !ends_in(noun, commons);
  }
  if (const std::string_view verb = cut_end(without_last(lead, "to"), " "); verb.size() < lead.size()) {
    static constexpr std::string_view relations[] = {
        "prime",    "coprime", "close",   "near",     "next",       "similar", "adjacent", "proportional",
        "or equal", "related", "inverse", "opposite", "subtracted", "added",   "prior",    "unequal"};
    return ends_in(verb, relations);
  }
  return false;
}

/// "If the answer is", "One might think the answer is", "I don't know whether the answer is": what comes next is not
/// claimed.
bool is_doubted(std::string_view claim) {
  static constexpr std::string_view conditionals[] = {"answer would be", "answer would have been"};
  if (starts_with_word(skip(claim, " "), "had") && ends_in(claim, conditionals)) return true;
  const std::string_view clause = last_clause(claim);
  static constexpr std::string_view anchors[] = {"answer is"};
  if (!ends_in(clause, anchors)) return false;
  if (starts_with_word(clause, "if") || starts_with_word(skip(claim, " "), "if that")) return true;
  static constexpr std::string_view others[] = {
      "might think", "may think",   "could think", "would think",  "n't think",  "not think",
      "n't believe", "not believe", "mistake",     "uppose",       "ssume",      "claimed",
      "wrongly",     "incorrectly", "tempting",    "students say", "people say", "ome say"};
  if (contains(clause, others)) return true;
  static constexpr std::string_view questions[] = {"whether the answer is",         "whether the final answer is",
                                                   "whether the correct answer is", "if the answer is",
                                                   "if the final answer is",        "if the correct answer is"};
  return ends_in(clause, questions);
}

/// "I doubt that", "it is impossible that"; but "there is no doubt that" affirms.
bool is_doubted_statement(std::string_view claim) {
  std::string_view clause = last_clause(claim);
  const size_t that = clause.find(" that");
  if (that == clause.npos) return false;
  const std::string_view statement = clause.substr(that + 5);  // "the answer is", or nothing: "that 40 is the answer"
  if (!skip(statement, " *_`$\\(").empty() && statement.find("answer") == statement.npos) return false;
  clause = cut_end(clause.substr(0, that), " ");
  static constexpr std::string_view denials[] = {"not true",           "n't true",       "n’t true",
                                                 "not be true",        "cannot be true", "n't be true",
                                                 "not the case",       "n't the case",   "no reason to believe",
                                                 "no reason to think", "not sure",       "not certain"};
  if (std::ranges::any_of(denials, [&](std::string_view words) { return clause.ends_with(words); })) return true;
  static constexpr std::string_view doubts[] = {"doubt", "false", "untrue", "unlikely", "impossible"};
  for (const std::string_view doubt : doubts)
    if (clause.ends_with(doubt)) return !is_negative(clause.substr(0, clause.size() - doubt.size()));
  return false;
}

/// Whether the words at the end of `before` say that what comes next is not the answer, also in a box.
bool is_negated(std::string_view before) {
  if (!ends_with_letter(before)) return false;
  static constexpr std::string_view endings[] = {" не",  "不是", "不为", "不為", "并非", "不等于",    "ليس",
                                                 "ليست", "אינו", "אינה", " לא",  "ไม่ใช่", "δεν είναι", " není"};
  if (std::ranges::any_of(endings, [&](std::string_view words) { return before.ends_with(words); })) return true;
  static constexpr std::string_view words[] = {
      "neither",          "no longer", "nicht",   "niet",     "inte",         "no es",        "n'est pas",
      "n’est pas",        "não é",     "non è",   "nie",      "bukan",        "nem",          "ei ole",
      "nu este",          "nije",      "ikke",    "nie jest", "no puede ser", "não pode ser", "non può essere",
      "ne peut pas être", "не равен",  "不可能是"};
  if (ends_in(before, words)) return true;
  // "twice 46", "negative 3/4": what stands here is not the value that is meant.
  static constexpr std::string_view operations[] = {
      "minus",   "negative",       "twice",        "thrice",    "double",  "triple",       "half",
      "half of", "square root of", "cube root of", "square of", "cube of", "reciprocal of"};
  if (ends_in(before, operations)) return true;
  for (const std::string_view link : {"to", "equal", "be"}) before = cut_end(without_last(before, link), " ");
  static constexpr std::string_view negations[] = {"not", "cannot", "never"};
  return ends_in(before, negations) || before.ends_with("n't") || before.ends_with("n’t");
}

/// "other than", "all numbers except", "we reject"; but "no number other than" and "cannot be anything but" affirm.
bool is_excepted(std::string_view before, std::string_view claim) {
  static constexpr std::string_view words[] = {
      "other than", "anything but", "differs from", "different from", "except",    "rule out", "exclude",
      "excluding",  "unlike",       "reject",       "discard",        "eliminate", "exceeds",  "lies above",
      "lies below", "negative of",  "opposite of",  "inverse of",     "hardly"};
  return ends_in(before, words) && !is_negative(last_clause(claim));
}

}  // namespace

bool is_denied(std::string_view text, std::string_view where, bool is_boxed) {
  if (!is_part(text, where)) return false;
  constexpr std::string_view marks = " *_`$\\([{";
  std::string_view before = cut_end(line_before(text, where), marks);
  for (const std::string_view box : {"\\boxed", "\\fbox", "\\displaystyle"})
    if (before.ends_with(box)) before = cut_end(before.substr(0, before.size() - box.size()), marks);
  if (before.empty()) return false;
  const std::string_view claim = behind_last(before, ".!?;");
  // "It is impossible that the answer is not 40" says that it is.
  if (is_negated(before) != is_doubted_statement(claim) || is_doubted(claim)) return true;
  const std::string_view anchor = "answer is ";
  const bool is_after_anchor = claim.find(anchor) != claim.npos;
  // A box states the answer by itself, whatever it is compared with.
  if ((!is_boxed || is_after_anchor) && is_excepted(before, claim)) return true;
  const bool has_equals = before.ends_with('=') || where.find('=') != where.npos;  // 9 - 6 = 3
  if (has_equals) return false;
  static constexpr std::string_view bounds[] = {"less than",   "more than",    "greater than",
                                                "larger than", "smaller than", "fewer than"};
  if (!is_boxed && ends_in(before, bounds) && !is_negative(last_clause(claim))) return true;
  if (!is_boxed && is_compared_with(claim)) return true;
  // "The answer is at least 63"; but "you need at least 63 socks" may say how many.
  for (const std::string_view bound : {"less than", "more than", "greater than", "fewer than", "at least", "at most",
                                       "over", "under", "above", "below", "up to", "almost", "nearly", ">"}) {
    const bool is_sign = bound == ">" && before.ends_with('>');
    const std::string_view subject =
        cut_end(is_sign ? before.substr(0, before.size() - 1) : without_last(before, bound), " *_`$");
    if (subject.size() < before.size() && without_last(subject, "answer is").size() < subject.size()) return true;
  }
  return false;
}

}  // namespace cohort::rewards::math
