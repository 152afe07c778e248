#include "rewards/math/same.hpp"

#include <algorithm>

namespace cohort::rewards::math {

namespace {

bool binds_variable(const Node& node) {
  const bool is_binder =
      node.kind == Kind::sum || node.kind == Kind::product || node.kind == Kind::integral || node.kind == Kind::limit;
  return is_binder && node.children.size() > 1 && node[1].kind == Kind::symbol;
}

void free_symbols(const Node& node, std::vector<std::string_view>& bound, std::vector<std::string_view>& names) {
  if (node.kind == Kind::symbol) {
    const auto has = [&](const auto& list) { return std::find(list.begin(), list.end(), node.text) != list.end(); };
    if (!has(bound) && !has(names)) names.push_back(node.text);
    return;
  }
  if ((node.kinds_below & bit(Kind::symbol)) == 0) return;
  const bool binds = binds_variable(node);
  for (size_t i = 0; i < node.children.size(); ++i) {
    const bool is_inside = binds && i < 2;
    if (is_inside) bound.push_back(node[1].text);
    free_symbols(node[i], bound, names);
    if (is_inside) bound.pop_back();
  }
}

}  // namespace

bool same_tree(const Node& a, const Node& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.size != b.size || a.text != b.text || a.children.size() != b.children.size()) return false;
  if (a.exponent != b.exponent || a.open != b.open || a.close != b.close || a.rows != b.rows) return false;
  if (!std::equal(a.relations.begin(), a.relations.end(), b.relations.begin(), b.relations.end())) return false;
  for (size_t i = 0; i < a.children.size(); ++i)
    if (!same_tree(a[i], b[i])) return false;
  return true;
}

void free_symbols(const Node& node, std::vector<std::string_view>& names) {
  std::vector<std::string_view> bound;
  free_symbols(node, bound, names);
}

bool contains_constant(const Node& node, std::string_view name) {
  if (node.kind == Kind::constant) return node.text == name;
  if (!has_kind(node, Kind::constant)) return false;
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const Node* child) { return contains_constant(*child, name); });
}

bool contains_symbol(const Node& node, std::string_view name) {
  if (node.kind == Kind::symbol) return node.text == name;
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const Node* child) { return contains_symbol(*child, name); });
}

}  // namespace cohort::rewards::math
