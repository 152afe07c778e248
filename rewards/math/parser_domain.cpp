// Where a letter runs, in words: "k is an integer", "k any integer", "integer k", "for all integers k".
#include <algorithm>
#include <array>
#include <string_view>

#include "rewards/math/parser.hpp"

namespace cohort::rewards::math {

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
