#include "rewards/math/parse.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "rewards/math/antiderivative.hpp"
#include "rewards/math/characters.hpp"
#include "rewards/math/escapes.hpp"
#include "rewards/math/html.hpp"
#include "rewards/math/lexer.hpp"
#include "rewards/math/parser.hpp"
#include "rewards/math/parts.hpp"
#include "rewards/math/respell.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/tree.hpp"
#include "rewards/math/unicode.hpp"

namespace cohort::rewards::math {

namespace {

struct Attempt {
  const Node* root = nullptr;
  Doubt doubt;
  std::span<const Token> tokens;
  std::string_view problem;
};

Attempt attempt(std::string_view text, Arena& arena, const Reading& reading) {
  Attempt result;
  Lexer lexer(text, arena, reading);
  std::span<Token> tokens = lexer.tokens();
  result.problem = lexer.problem();
  if (!result.problem.empty()) return result;
  tokens = with_condition_apart(tokens);
  result.doubt = lexer.doubt();
  result.tokens = tokens;
  result.problem = tokens.size() == 1 ? "empty" : pair_brackets(tokens);
  if (!result.problem.empty()) return result;
  Parser parser(tokens, arena, reading, result.doubt);
  result.root = parser.answer();
  result.problem = parser.problem();
  return result;
}

// Blanks, marks of emphasis and of the end of a sentence, which say nothing about the answer.
std::string_view trimmed(std::string_view text) {
  const auto strip_pair = [&](std::string_view mark) {
    if (text.size() <= 2 * mark.size() || !text.starts_with(mark) || !text.ends_with(mark)) return false;
    text = text.substr(mark.size(), text.size() - 2 * mark.size());
    return true;
  };
  for (bool again = true; again && !text.empty();) {
    again = true;
    if (is_blank(text.front()))
      text.remove_prefix(1);
    else if (is_blank(text.back()) && !text.ends_with("\\ "))
      text.remove_suffix(1);
    else if (text.back() == ',' || text.back() == ';' || text.back() == ':' || text.back() == '?')
      text.remove_suffix(text.ends_with("\\,") || text.ends_with("\\;") || text.ends_with("\\:") ? 2 : 1);
    else if (text.ends_with(" only"))
      text.remove_suffix(5);
    else if (text.back() == '.' && !text.ends_with("..") && !text.ends_with("\\right.") && !text.ends_with("\\left."))
      text.remove_suffix(1);
    else
      again = strip_pair("**") || strip_pair("`") || strip_pair("\"") || strip_pair("'") || strip_pair("__");
  }
  return text;
}

// The words of the text as it stands; empty where there are none.
std::string prose_of(std::span<const Token> tokens) {
  std::string text;
  const bool has_words =
      std::any_of(tokens.begin(), tokens.end(), [](const Token& token) { return token.sign == Sign::word; });
  if (!has_words) return text;
  for (const Token& token : tokens) {
    if (token.is_spaced && !text.empty() && token.sign != Sign::end) text += ' ';
    for (const char c : token.source) text += to_lower(c);
  }
  return text;
}

// A run of two or three letters that is the whole answer is a product or a word: abc, cat.
bool is_one_run(std::span<const Token> tokens) {
  return tokens.size() > 2 && tokens[0].run.size() + 1 == tokens.size() && tokens[0].sign != Sign::function;
}

struct Choice {
  std::string_view letter, rest;
};

// (A), A), A. or A: in front of the text of the choice; no letter where it is none.
Choice choice_of(std::string_view text) {
  static constexpr auto wrappers =
      std::to_array<std::string_view>({"\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{", "$"});
  if (text.empty()) return {};
  if (text[0] == '\\' || text[0] == '$')
    for (const std::string_view wrapper : wrappers)
      if (text.starts_with(wrapper)) text.remove_prefix(wrapper.size());
  const bool has_open = text.starts_with("(");
  if (has_open) text.remove_prefix(1);
  if (text.size() < 2 || text[0] < 'A' || text[0] > 'J') return {};
  Choice choice{text.substr(0, 1), text.substr(2)};
  const char mark = text[1];
  if (mark == ':' && (text[0] > 'E' || has_second_label(text))) return {};
  if (has_open ? mark != ')' : mark != ')' && mark != '.' && mark != ':') return {};
  if (choice.rest.starts_with("}")) choice.rest.remove_prefix(1);
  const bool is_apart = choice.rest.empty() || is_blank(choice.rest[0]) || choice.rest.starts_with("\\ ") ||
                        choice.rest.starts_with("\\;") || choice.rest.starts_with("\\,") ||
                        choice.rest.starts_with("\\:") || choice.rest.starts_with("\\quad") ||
                        choice.rest.starts_with("~") || (has_open && is_digit(choice.rest[0]));
  if (!is_apart) return {};
  while (!choice.rest.empty() && (is_blank(choice.rest[0]) || choice.rest[0] == '~')) choice.rest.remove_prefix(1);
  const bool is_sum =
      !choice.rest.empty() && std::string_view("+-*/^=<>&|,;:").find(choice.rest[0]) != std::string_view::npos;
  return is_sum ? Choice{} : choice;
}

// Every reading of a text that its doubts allow, each question answered the other way once.
Parsed readings(std::string_view text, Arena& arena, const Reading& first_reading) {
  constexpr size_t num_doubts = 9;
  struct Question {
    bool Doubt::*came_up;
    bool Reading::*answer;
  };
  constexpr std::array<Question, num_doubts> questions = {{{&Doubt::comma_groups, &Reading::comma_groups},
                                                           {&Doubt::decimal_comma, &Reading::decimal_comma},
                                                           {&Doubt::scientific, &Reading::scientific},
                                                           {&Doubt::loose_slash, &Reading::loose_slash},
                                                           {&Doubt::wide_argument, &Reading::wide_argument},
                                                           {&Doubt::letter_units, &Reading::letter_units},
                                                           {&Doubt::repetend, &Reading::repetend},
                                                           {&Doubt::lakhs, &Reading::lakhs},
                                                           {&Doubt::plain_i, &Reading::plain_i}}};
  const Attempt first = attempt(text, arena, first_reading);
  std::array<const Node*, num_doubts + 4> roots;  // the set of {5} comes twice at most
  size_t num_roots = 0;
  const auto add_one = [&](const Node* root) {
    const auto same = [&](const Node* other) { return same_tree(*root, *other); };
    if (num_roots < roots.size() && std::none_of(roots.begin(), roots.begin() + num_roots, same))
      roots[num_roots++] = root;
  };
  const auto add = [&](const Node* root) {
    if (root && root->kind != Kind::either) add_one(root);
    if (root && root->kind == Kind::either)
      for (const Node* child : root->children) add_one(child);
  };
  add(first.root);
  for (const Question& question : questions) {
    if (!(first.doubt.*question.came_up)) continue;
    Reading other = first_reading;
    other.*question.answer = !(first_reading.*question.answer);
    const Node* root = attempt(text, arena, other).root;
    const bool is_argument = question.came_up == &Doubt::wide_argument;
    if (!root || !is_argument || !hides_a_factor(*root)) add(root);
  }
  if (first.root && is_one_run(first.tokens)) {
    std::string word(first.tokens[0].run);
    std::transform(word.begin(), word.end(), word.begin(), to_lower);
    add(&make_node(arena, Kind::text, {}, arena.copy(word)));
  }
  if (num_roots == 1) return {roots[0], {}};
  if (num_roots > 1) return {&make_node(arena, Kind::either, std::span(roots).first(num_roots)), {}};
  const std::string prose = prose_of(first.tokens);
  if (prose.empty()) return {nullptr, first.problem};
  return {&make_node(arena, Kind::text, {}, arena.copy(prose)), {}};
}

// (a) 14 (b) 2 is the pair (14, 2).
Parsed in_parts(std::span<const std::string_view> parts, Arena& arena, const Reading& reading) {
  std::vector<const Node*> children;
  for (const std::string_view part : parts) {
    const Parsed value = readings(trimmed(part), arena, reading);
    if (!value.root) return value;
    children.push_back(value.root);
  }
  Node& pair = arena.make<Node>(1)[0];
  pair = make_node(arena, Kind::bracketed, children);
  pair.open = '(';
  pair.close = ')';
  return {&pair, {}};
}

}  // namespace

Parsed parse(std::string_view text, Arena& arena, const ParseOptions& options) {
  const std::string_view ascii =
      trimmed(spell_unicode(without_html(with_backslashes(arena.copy(text), arena), arena), arena));
  const std::string_view plain = trimmed(with_plain_words(respelled(ascii, arena), arena));
  const Reading reading{.decimal_comma = options.decimal_comma};
  if (const auto parts = labelled_parts(plain); !parts.empty()) return in_parts(parts, arena, reading);
  const Choice choice = choice_of(plain);
  if (choice.letter.empty()) return readings(plain, arena, reading);
  const Node* letter = &make_node(arena, Kind::symbol, {}, choice.letter);
  const Parsed rest = choice.rest.empty() ? Parsed{} : readings(trimmed(choice.rest), arena, reading);
  if (!rest.root) return {letter, {}};
  const std::array<const Node*, 2> both = {letter, rest.root};
  return {&make_node(arena, Kind::either, both, choice_text), {}};
}

}  // namespace cohort::rewards::math
