#include "rewards/math/letters.hpp"

#include <algorithm>
#include <array>

#include "rewards/math/scan.hpp"

namespace cohort::rewards::math {
namespace {

bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '\''; }

/// Past brackets, bold marks and the commands that only change the looks of a letter.
std::string_view skip_dress(std::string_view text) {
  static constexpr auto dress = std::to_array<std::string_view>(
      {"\\text", "\\textbf", "\\mathbf", "\\mathrm", "\\textrm", "\\textit", "\\boxed", "\\left", "\\bf", "\\rm",
       "\\displaystyle", "\\boldsymbol", "\\bm", "option", "choice", "answer"});
  for (int i = 0; i < 8; ++i) {
    text = skip(text, " \t\r\n([{*_\"'`$:");
    bool found = false;
    for (const std::string_view word : dress) {
      if (!starts_with_ignoring_case(text, word)) continue;
      if (text.size() > word.size() && is_letter(text[word.size()])) continue;
      text.remove_prefix(word.size());
      found = true;
      break;
    }
    if (!found) break;
  }
  return text;
}

/// Whether a second letter is offered after the first: "or C", "/C", ", C", "A B C D".
bool offers_another(std::string_view rest) {
  const bool is_series = rest.size() > 1 && rest[0] == ' ' && is_upper(rest[1]) && rest[1] != 'I' &&
                         (rest.size() == 2 || !is_word(rest[2]));
  if (is_series) return true;
  rest = skip(rest, " )]}*_$.");
  for (const std::string_view joint : {"or ", "and ", "/", ",", "&", "\\text{ or }", "\\text{ and }"}) {
    if (!rest.starts_with(joint)) continue;
    rest = skip_dress(rest.substr(joint.size()));
    return !rest.empty() && rest[0] >= 'A' && rest[0] <= 'Z' && (rest.size() == 1 || !is_word(rest[1]));
  }
  return false;
}

/// The 5/2 of (B) \frac52, behind a letter in brackets: what begins with a command and needs nothing before it.
bool starts_text_of_choice(std::string_view rest) {
  const size_t closing = rest.find_first_not_of("}*");
  if (closing == rest.npos || rest[closing] != ')') return false;
  rest = skip(rest.substr(closing), " \t)]}$*");
  if (rest.size() < 2 || rest[0] != '\\') return false;
  rest.remove_prefix(1);
  const std::string_view command = rest.substr(0, word_at(rest));
  for (const std::string_view name :
       {"frac",       "dfrac",  "tfrac", "cfrac",       "sqrt",         "pi",    "infty",  "sin",    "cos",
        "tan",        "cot",    "sec",   "csc",         "ln",           "log",   "exp",    "arcsin", "arccos",
        "arctan",     "sum",    "prod",  "int",         "lim",          "binom", "dbinom", "pm",     "alpha",
        "beta",       "gamma",  "theta", "lambda",      "mu",           "phi",   "varphi", "omega",  "emptyset",
        "varnothing", "mathbb", "boxed", "boldsymbol",  "operatorname", "max",   "min",    "gcd",    "lfloor",
        "lceil",      "langle", "begin", "displaystyle"})
    if (command == name) return true;
  return rest[0] == '{' || rest[0] == '$';
}

/// Whether the letter before `rest` is a part of a formula: a + b, e^x, A = 5, B > C; not "A - Paris" or "A\\text{.}".
bool goes_on_as_formula(std::string_view rest) {
  if (starts_text_of_choice(rest)) return false;
  rest = skip(rest, " \t)]}$");
  if (rest.empty()) return false;
  if (rest[0] == '\\') {
    for (const std::string_view blank : {"\\text", "\\quad", "\\qquad", "\\ ", "\\,", "\\;", "\\:", "\\)", "\\]",
                                         "\\\\", "\\left", "\\right", "\\mathrm", "\\mathbf", "\\hspace", "\\("})
      if (rest.starts_with(blank)) return false;
    return true;
  }
  if (rest[0] == '-') return !(rest.size() > 3 && rest[1] == ' ' && is_letter(rest[2]) && is_letter(rest[3]));
  return std::string_view("+/^=<>_!|&").find(rest[0]) != std::string_view::npos;
}

/// Whether the capital at `i` is the article or the pronoun: "A dog", "I think", but not "A or B" nor "option A is".
bool is_english(std::string_view text, size_t i) {
  if (to_lower(text[i]) != 'a' && to_lower(text[i]) != 'i') return false;
  const std::string_view before = cut_end(text.substr(i < 16 ? 0 : i - 16, std::min<size_t>(i, 16)), " (*_`\"'");
  for (const std::string_view word : {"option", "choice", "Option", "Choice", "answer", "letter"})
    if (before.ends_with(word)) return false;
  // "so A is", "is A because": no article is written large within a sentence.
  if (to_lower(text[i]) == 'a' && !before.empty() && (is_lower(before.back()) || before.back() == ',')) return false;
  for (const std::string_view word : {"because", "since", "is"})
    if (i + 2 < text.size() && starts_with_word(text.substr(i + 2), word)) return false;
  return i + 2 < text.size() && text[i + 1] == ' ' && is_lower(text[i + 2]) && !offers_another(text.substr(i + 1));
}

/// Whether the letter behind `before` is the last part of a formula: a + B, A \\cap B; "= B" may name a choice.
bool ends_formula(std::string_view before) {
  before = cut_end(before, " \t([{$");
  if (before.empty()) return false;
  if (before.back() == '+' || before.back() == '^') return true;
  const size_t slash = before.find_last_of('\\');
  if (slash == std::string_view::npos) return false;
  const std::string_view command = before.substr(slash + 1);
  for (const std::string_view sign : {"bar",  "hat",      "tilde",    "neg",    "lnot",     "not", "cap",      "cup",
                                      "cdot", "times",    "setminus", "subset", "subseteq", "in",  "triangle", "angle",
                                      "vec",  "overline", "sqrt",     "frac",   "le",       "ge",  "leq",      "geq"})
    if (command == sign) return true;
  return false;
}

/// Whether the letter before `rest` is a function's: E(x), C(10, 2); not "A (a dog)".
bool is_function(std::string_view rest) {
  if (!rest.starts_with('(') || rest.size() < 3) return false;
  return is_digit(rest[1]) || (is_letter(rest[1]) && is_one_of(rest[2], "),"));
}

/// Whether the letter before `rest` is the name of a value: A = 5, E(x); not "option A = 5" or "A => the answer".
bool names_value(std::string_view before, std::string_view rest) {
  before = cut_end(before, " (*_`$");
  for (const std::string_view word : {"option", "choice", "Option", "Choice", "answer", "Answer"})
    if (before.ends_with(word)) return false;
  const std::string_view sign = skip(rest, " ");
  const bool is_related = sign.size() > 1 && is_one_of(sign[0], "=<>") && !is_one_of(sign[1], "=>");
  return is_related || is_function(rest);
}

bool stands_alone(std::string_view text, size_t i) {
  if (!is_upper(text[i])) return false;
  if (i > 0 && (is_word(text[i - 1]) || text[i - 1] == '\\')) return false;
  if (i + 1 < text.size() && is_word(text[i + 1])) return false;
  return !is_english(text, i);
}

}  // namespace

std::optional<std::string_view> leading_letter(std::string_view text) {
  text = skip_dress(text);
  if (text.empty() || !is_letter(text[0]) || (text.size() > 1 && is_word(text[1]))) return std::nullopt;
  if (is_english(text, 0) || goes_on_as_formula(text.substr(1)) || is_function(text.substr(1))) return std::nullopt;
  if (offers_another(text.substr(1))) return std::nullopt;
  return text.substr(0, 1);
}

std::optional<std::string_view> first_letter(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!stands_alone(text, i)) continue;
    if (offers_another(text.substr(i + 1))) return std::nullopt;
    return text.substr(i, 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> last_letter(std::string_view text) {
  const auto last_before = [&](size_t end) {
    while (end-- > 0)
      if (stands_alone(text, end)) return end;
    return text.npos;
  };
  const size_t last = last_before(text.size());
  if (last == text.npos || ends_formula(text.substr(0, last)) || text.substr(last + 1).starts_with('^') ||
      names_value(text.substr(0, last), text.substr(last + 1)))
    return std::nullopt;
  const size_t before = last_before(last);
  if (before != text.npos && offers_another(text.substr(before + 1, last - before))) return std::nullopt;
  return text.substr(last, 1);
}

std::optional<std::string_view> chosen_letter(std::string_view text) {
  static constexpr std::string_view leads[] = {"correct letter is",
                                               "correct option is",
                                               "correct choice is",
                                               "right letter is",
                                               "right option is",
                                               "right choice is",
                                               "i pick",
                                               "i choose",
                                               "i select",
                                               "final choice",
                                               "final choice is"};
  static constexpr std::string_view verdicts[] = {"is the correct option", "is the correct choice",
                                                  "is the correct letter", "is the correct one",
                                                  "is the right option",   "is the right choice"};
  static constexpr std::string_view doubts[] = {
      "not",        "no",      "none",  "never",     "doubt",   "if",       "whether", "why",     "unless",
      "said",       "says",    "claim", "think",     "thought", "is",       "was",     "but",     "claims",
      "or",         "t",       "wait",  "hmm",       "sorry",   "actually", "however", "instead", "scratch",
      "correction", "mistake", "wrong", "incorrect", "maybe",   "rather"};
  const auto has_doubt = [&](std::string_view part) {
    for (size_t i = 0; i < part.size(); i += std::max<size_t>(word_at(part.substr(i)), 1))
      for (const std::string_view doubt : doubts)
        if (starts_with_word(part.substr(i), doubt)) return true;
    return part.find('?') != part.npos;
  };
  const size_t begin = text.size() - std::min<size_t>(text.size(), 1'000);
  std::optional<std::string_view> chosen;
  for (size_t i = begin; i < text.size(); ++i) {
    if (!stands_alone(text, i)) continue;
    const std::string_view before = cut_end(text.substr(begin, i - begin), " *_`$(:\"");
    const std::string_view behind = skip(text.substr(i + 1), " )*_`$");
    std::string_view lead;
    for (const std::string_view words : leads)
      if (before.size() >= words.size() && starts_with_word(before.substr(before.size() - words.size()), words) &&
          (before.size() == words.size() || !is_letter(before[before.size() - words.size() - 1])))
        lead = before.substr(before.size() - words.size());
    std::string_view verdict;
    for (const std::string_view words : verdicts)
      if (starts_with_word(behind, words)) verdict = behind.substr(0, words.size());
    if (lead.empty() && verdict.empty()) continue;
    if (offers_another(text.substr(i + 1)) || goes_on_as_formula(text.substr(i + 1))) return std::nullopt;
    if (chosen && (*chosen)[0] != text[i]) return std::nullopt;
    const std::string_view sentence = before.substr(before.find_last_of(".!?;,\n") + 1);
    if (has_doubt(sentence.substr(0, sentence.size() - std::min(sentence.size(), lead.size())))) return std::nullopt;
    const std::string_view rest = verdict.empty() ? behind : behind.substr(verdict.size());
    if (has_doubt(rest)) return std::nullopt;
    chosen = text.substr(i, 1);
  }
  return chosen;
}

bool is_eliminated(std::string_view text, std::string_view letter) {
  const std::string_view behind = skip(text.substr(static_cast<size_t>(letter.data() - text.data()) + 1), " )*_.");
  if (behind.starts_with('?')) return true;
  for (const std::string_view words :
       {"fails", "is false", "is also false", "is wrong", "is incorrect", "is not", "is out"})
    if (starts_with_ignoring_case(behind, words)) return true;
  for (const std::string_view label : {"\nOption ", "\nChoice "})
    if (const size_t next = behind.starts_with(':') ? behind.find(label) : behind.npos; next != behind.npos)
      return behind[std::min(next + label.size(), behind.size() - 1)] != letter[0];
  return false;
}

}  // namespace cohort::rewards::math
