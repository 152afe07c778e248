// Trees compared and searched as they stand, without mathematics.
#pragma once

#include <string_view>
#include <vector>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// Node by node the same.
bool same_tree(const Node& a, const Node& b);

/// The names of the free symbols, each once, in order of appearance. Variables of sums, integrals and limits are bound.
void free_symbols(const Node& node, std::vector<std::string_view>& names);

bool contains_constant(const Node& node, std::string_view name);
bool contains_symbol(const Node& node, std::string_view name);

}  // namespace cohort::rewards::math
