// The integers from one on, or up to one, however they are written: ℤ⁺, ℤ_{>0}, {n ∈ ℤ | n ≥ 1}, {1, 2, 3, …}.
#include <cstdlib>
#include <string_view>

#include "rewards/math/comparer.hpp"

namespace cohort::rewards::math {
namespace {

/// All integers from `end` on, or down from it.
struct IntegerRay {
  int64_t end = 0;
  bool goes_up = true;
  friend bool operator==(const IntegerRay&, const IntegerRay&) = default;
};

/// Where n ∈ ℤ or ℕ stands in a set-builder, as its pattern or within its condition; and what else is asked of n.
struct Builder {
  const Node* domain = nullptr;
  const Node* condition = nullptr;
};

bool is_domain(const Node& node) {
  return node.kind == Kind::relation && node.relations.size() == 1 && node.relations[0] == "in" &&
         node[0].kind == Kind::symbol && node[1].kind == Kind::constant &&
         (node[1].text == "Z" || node[1].text == "N" || node[1].text == "Z+");
}

Builder parts_of(const Node& set) {
  if (is_domain(set[0])) return {&set[0], &set[1]};
  const bool are_two = (set[1].kind == Kind::conjunction || set[1].kind == Kind::list) && set[1].children.size() == 2;
  for (const size_t i : {size_t{0}, size_t{1}}) {
    if (are_two && is_domain(set[1][i]) && set[0].kind == Kind::symbol && set[0].text == set[1][i][0].text)
      return {&set[1][i], &set[1][1 - i]};
  }
  return {};
}

std::optional<IntegerRay> of_builder(const Node& set) {
  const auto [domain, condition] = parts_of(set);
  if (!domain || condition->kind != Kind::relation || condition->relations.size() != 1) return {};
  const auto is_variable = [&](const Node& node) {
    return node.kind == Kind::symbol && node.text == (*domain)[0].text;
  };
  const bool is_turned = is_variable((*condition)[1]);  // 0 < n
  const std::string_view word = condition->relations[0];
  const auto bound = small_integer((*condition)[is_turned ? 0 : 1]);
  const bool is_order = word == "<" || word == "<=" || word == ">" || word == ">=";
  if (!bound || !is_order || !(is_turned || is_variable((*condition)[0]))) return {};
  const bool goes_up = (word[0] == '>') != is_turned;
  const int64_t past = word.size() == 1 ? 1 : 0;
  const IntegerRay ray{goes_up ? *bound + past : *bound - past, goes_up};
  // Whether 0 is a natural number nobody can tell.
  const bool is_of_integers = (*domain)[1].text == "Z";
  return is_of_integers || (ray.goes_up && ray.end >= 1) ? std::optional(ray) : std::nullopt;
}

/// {1, 2, 3, …}: three in a row say how it goes on; 1, 2 could be powers of two.
std::optional<IntegerRay> of_dots(const Node& set) {
  const size_t count = set.children.size();
  const auto first = count > 3 ? small_integer(set[0]) : std::nullopt, second = first ? small_integer(set[1]) : first;
  if (!second || set[count - 1].kind != Kind::ellipsis || std::abs(*second - *first) != 1) return {};
  for (size_t i = 2; i + 1 < count; ++i)
    if (small_integer(set[i]) != *first + static_cast<int64_t>(i) * (*second - *first)) return {};
  return IntegerRay{*first, *second > *first};
}

std::optional<IntegerRay> ray_of(const Node& node) {
  if (node.kind == Kind::constant && node.text == "Z+") return IntegerRay{1, true};
  if (node.kind == Kind::constant && node.text == "Z-") return IntegerRay{-1, false};
  if (node.kind == Kind::set_builder) return of_builder(node);
  return node.kind == Kind::set ? of_dots(node) : std::nullopt;
}

}  // namespace

Answer Comparer::integer_rays(const Node& gold, const Node& prediction) {
  const auto left = ray_of(gold), right = left ? ray_of(prediction) : std::nullopt;
  if (!right) return {};
  return *left == *right ? equal("integers") : different("integers");
}

}  // namespace cohort::rewards::math
