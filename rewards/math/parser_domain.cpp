// Where a letter runs, in words: "k is an integer", "k any integer", "integer k", "for all integers k"; and words that
// say no more than the letter does: "for all real x".
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "rewards/math/parser.hpp"

namespace cohort::rewards::math {

namespace {

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool has_argument(const Node& node, std::string_view name) {
  return node.kind == Kind::function &&
         std::ranges::any_of(node.children, [&](const Node* argument) { return argument->text == name; });
}

/// What the words of a qualifier say: "for all real x", "where c is any constant".
struct Qualifier {
  bool says_which, is_existence = false, is_of_integers = false, is_positive = false;

  /// False where the word is none of a qualifier.
  bool read(std::string_view word) {
    static constexpr auto universal = std::to_array<std::string_view>(
        {"all", "any", "every", "each", "arbitrary", "real", "reals", "constant", "constants"});
    static constexpr auto integers = std::to_array<std::string_view>({"integer", "integers", "natural", "naturals"});
    static constexpr auto fillers =
        std::to_array<std::string_view>({"is", "are", "a", "an", "and", "the", "number", "numbers", "values", "of"});
    is_existence = is_existence || word == "some";
    is_of_integers = is_of_integers || is_one_of(word, integers);
    is_positive = is_positive || word == "positive";
    const bool tells = word == "some" || is_one_of(word, universal) || is_one_of(word, integers);
    says_which = says_which || tells;
    return tells || word == "positive" || is_one_of(word, fillers);
  }
};

}  // namespace

// ", for all real x", "∀x ∈ ℝ", "for some constant c", "where c is any constant": nothing is left out of what the
// value says for each x. "for all x > 0" and "for some x" of f(x) leave something out.
bool Parser::skip_quantifier(const Node& value) {
  static constexpr std::string_view letters_of_integers = "ijklmnN";  // of these nobody thinks as real numbers
  size_t ahead = is(Sign::comma) ? 1 : 0;
  const bool is_sign = is_letter("forall", ahead);
  if (!is_sign && !(is_word(Word::condition, ahead) && (at(ahead).text == "for" || at(ahead).text == "where")))
    return false;
  Qualifier says{.says_which = is_sign};
  bool has_name = false, are_indices = true;
  for (++ahead;; ++ahead) {
    const Token& token = at(ahead);
    if (is(Sign::word, ahead) || (token.sign == Sign::letter && token.is_text && token.text == "a")) {
      if (!says.read(token.text)) return false;
    } else if (token.sign == Sign::letter && token.text.size() == 1 && token.run.size() <= 1) {
      if (has_name && !is(Sign::comma, ahead - 1)) return false;
      const bool is_argument = has_argument(value.kind == Kind::relation ? value[0] : value, token.text);
      // Of x = kπ for any integer k the domain is needed, of f(n) = 2n it says what n is anyway.
      const bool is_index = letters_of_integers.find(token.text) != std::string_view::npos;
      if (is_argument ? says.is_existence : is_index) return false;
      are_indices = are_indices && is_index;
      has_name = true;
      if (is(Sign::comma, ahead + 1) && at(ahead + 2).sign == Sign::letter) ++ahead;
    } else if (is(Sign::relation, ahead) && token.text == "in" && has_name) {
      const std::string_view domain = at(++ahead).text;
      if (domain != "R" && domain != "N" && domain != "Z") return false;
      says.says_which = true;
      says.is_of_integers = says.is_of_integers || domain != "R";
    } else {
      break;
    }
  }
  const Sign next = at(ahead).sign;
  const bool is_end = next == Sign::end || next == Sign::semicolon || next == Sign::newline;
  const bool leaves_out = says.is_of_integers ? !are_indices : says.is_positive;
  if (!is_end || !says.says_which || leaves_out) return false;
  position_ += ahead;
  return true;
}

// 3, since x > 0 and x = 3 (because 4 > 3): what follows to the end says why, not what.
bool Parser::starts_reason() const {
  if (scope_.stop + 1 != tokens_.size()) return false;
  const bool in_brackets = is_open('(') && partner(position_) + 1 == scope_.stop;
  const size_t ahead = in_brackets || is(Sign::comma) ? 1 : 0;
  return is(Sign::word, ahead) && (at(ahead).text == "since" || at(ahead).text == "because");
}

// The \forall of f(x) = 2x \; \forall x, which is no factor.
bool Parser::is_trailing_quantifier() const {
  return is_letter("forall") &&
         std::ranges::any_of(tokens_.first(position_), [](const Token& token) { return token.sign == Sign::relation; });
}

const Node* Parser::domain_in_words() {
  static constexpr std::array fillers = std::to_array<std::string_view>(
      {"is", "are", "be", "being", "a", "an", "any", "some", "all", "every", "each", "arbitrary", "and", "for"});
  size_t ahead = 0;
  const auto is_textual = [&] { return is(Sign::word, ahead) || (is(Sign::letter, ahead) && at(ahead).is_text); };
  const auto skip_fillers = [&] {
    while (is_textual() && std::ranges::find(fillers, at(ahead).text) != fillers.end()) ++ahead;
  };
  const auto is_name = [&] {
    return is(Sign::letter, ahead) && at(ahead).text.size() == 1 && at(ahead).run.size() <= 1;
  };
  size_t name = 0;
  const bool is_first = is_name() && !at().is_text;
  ahead += is_first;
  skip_fillers();
  if (!is_textual() || (at(ahead).text != "integer" && at(ahead).text != "integers")) return nullptr;
  ++ahead;
  if (!is_first) {
    if (!is_name()) return nullptr;
    name = ahead++;
  }
  const Sign next = at(ahead).sign;
  if (next != Sign::end && next != Sign::comma && next != Sign::semicolon && next != Sign::newline) return nullptr;
  const std::array<const Node*, 2> sides = {leaf(Kind::symbol, at(name).text), leaf(Kind::constant, "Z")};
  constexpr std::array words = std::to_array<std::string_view>({"in"});
  position_ += ahead;
  return sides[0] && sides[1] ? relation_of(sides, words) : nullptr;
}

}  // namespace cohort::rewards::math
