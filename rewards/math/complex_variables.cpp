#include "rewards/math/complex_variables.hpp"

#include <algorithm>
#include <string>

#include "rewards/math/same.hpp"

namespace cohort::rewards::math {
namespace {

/// z, w, z_1
bool is_complex_name(std::string_view name) {
  return !name.empty() && (name[0] == 'z' || name[0] == 'w') &&
         name.substr(1).find_first_not_of("_{}0123456789") == std::string_view::npos;
}

/// Re z, Im z, arg z or the conjugate of z somewhere in the tree.
bool has_part(const Node& node) {
  if (node.kind == Kind::function)
    for (const std::string_view name : {"re", "im", "arg", "conjugate"})
      if (node.text == name) return true;
  return std::ranges::any_of(node.children, [](const Node* child) { return has_part(*child); });
}

}  // namespace

std::pair<const Node*, const Node*> with_complex_variables(Arena& arena, const Node& left, const Node& right) {
  std::pair<const Node*, const Node*> result(&left, &right);
  const uint64_t kinds = kinds_in(left) | kinds_in(right);
  if ((kinds & (bit(Kind::absolute) | bit(Kind::function))) == 0) return result;
  std::vector<std::string_view> names = free_symbols(left);
  for (const std::string_view name : free_symbols(right))
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  std::erase_if(names, [](std::string_view name) { return !is_complex_name(name); });
  if (names.empty()) return result;
  const bool has_modulus =
      (kinds & bit(Kind::absolute)) != 0 && (contains_constant(left, "i") || contains_constant(right, "i"));
  if (!has_modulus && !has_part(left) && !has_part(right)) return result;
  for (const std::string_view name : names) {
    // Names that no text has and that are complex no more.
    const Node& real = make_node(arena, Kind::symbol, {}, arena.copy("Re " + std::string(name)));
    const Node& imaginary = make_node(arena, Kind::symbol, {}, arena.copy("Im " + std::string(name)));
    const Node& turned = make_node(arena, Kind::multiply, {&make_node(arena, Kind::constant, {}, "i"), &imaginary});
    const Node& value = make_node(arena, Kind::add, {&real, &turned});
    result.first = &substitute(arena, *result.first, name, value);
    result.second = &substitute(arena, *result.second, name, value);
  }
  return result;
}

}  // namespace cohort::rewards::math
