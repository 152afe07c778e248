// Trees made and asked by the comparison.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

using Nodes = std::vector<const Node*>;

const Node& make_node(Arena& arena, Kind kind, std::span<const Node* const> children, std::string_view text = {});
const Node& make_node(Arena& arena, Kind kind, std::initializer_list<const Node*> children, std::string_view text = {});
const Node& make_integer(Arena& arena, int64_t value);  // a negative one is negate(integer)
/// What that is of, where it has at most six digits.
std::optional<int64_t> small_integer(const Node& node);
const Node& make_relation(Arena& arena, const Node& left, std::string_view word, const Node& right);
const Node& subtract(Arena& arena, const Node& left, const Node& right);

/// `node` with other children; all else is kept.
const Node& with_children(Arena& arena, const Node& node, std::span<const Node* const> children);

/// Levels of a tree that is compared; no parsed one has as many.
constexpr int deepest_tree = 1'000;

/// Names of the symbols that are not bound by a sum, product, integral, limit or derivative; each once, at most 64.
std::vector<std::string_view> free_symbols(const Node& node);
bool has_free_symbol(const Node& node, std::string_view name);
bool has_free_symbols(const Node& node);

/// `node` with `value` for the free symbol `name`. Bound symbols stay.
const Node& substitute(Arena& arena, const Node& node, std::string_view name, const Node& value);

/// A function of the problem, "f" or "P", not one with a meaning of its own like "sin".
bool is_unknown_function(const Node& node);

/// `node` with f(x) and the like as symbols, so that they can be compared and substituted as one thing.
const Node& applications_as_symbols(Arena& arena, const Node& node);

}  // namespace cohort::rewards::math
