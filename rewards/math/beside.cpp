#include "rewards/math/beside.hpp"

#include <algorithm>
#include <string_view>

#include "rewards/math/comparer.hpp"
#include "rewards/math/same.hpp"

namespace cohort::rewards::math {
namespace {

bool has_constant(const Node& node, std::string_view name) {
  return (node.kind == Kind::constant && node.text == name) ||
         std::ranges::any_of(node.children, [&](const Node* child) { return has_constant(*child, name); });
}

bool has_function(const Node& node, std::string_view name, size_t count) {
  return (node.kind == Kind::function && node.text == name && node.children.size() == count) ||
         std::ranges::any_of(node.children, [&](const Node* child) { return has_function(*child, name, count); });
}

/// `node` with binomials for C(n, k).
const Node& with_binomials(Arena& arena, const Node& node) {
  if (node.children.empty()) return node;
  Nodes children(node.children.begin(), node.children.end());
  for (const Node*& child : children) child = &with_binomials(arena, *child);
  const bool is_one = node.kind == Kind::function && node.text == "C" && children.size() == 2;
  return is_one ? make_node(arena, Kind::function, children, "binomial") : with_children(arena, node, children);
}

}  // namespace

const Node& point_of_set(const Node& node, const Node& other) {
  const bool is_single = node.kind == Kind::set && node.children.size() == 1 && node[0].kind == Kind::bracketed;
  if (!is_single) return node;
  const auto is_assignment = [](const Node* part) { return assigned_value(*part) != nullptr; };
  const bool is_system = other.kind == Kind::conjunction && std::ranges::all_of(other.children, is_assignment);
  const bool is_equation = other.kind == Kind::relation && other.relations.size() == 1 && other.relations[0] == "=";
  return other.kind == Kind::bracketed || is_system || is_equation ? node[0] : node;
}

const Node& with_points_alone(Arena& arena, const Node& node) {
  const auto is_point = [](const Node* part) { return part->kind == Kind::bracketed; };
  const auto is_named = [&](const Node& part) {
    return part.kind == Kind::relation && part.relations.size() == 1 && part.relations[0] == "=" &&
           is_point(&part[0]) &&
           std::ranges::is_sorted(part[0].children, {}, [](const Node* name) { return name->text; }) &&
           std::ranges::all_of(part[0].children, [](const Node* name) { return name->kind == Kind::symbol; });
  };
  if (is_named(node) && node[1].kind == Kind::list && std::ranges::all_of(node[1].children, is_point)) return node[1];
  const bool are_several = node.kind == Kind::disjunction || node.kind == Kind::list;
  if (!are_several || !is_named(node[0])) return node;
  Nodes points;
  for (const Node* part : node.children) {
    const bool has_same_names = is_named(*part) && same_tree((*part)[0], node[0][0]);
    if (!has_same_names && !is_point(part)) return node;
    points.push_back(has_same_names ? &(*part)[1] : part);
  }
  return std::ranges::all_of(points, is_point) ? make_node(arena, Kind::list, points) : node;
}

const Node& with_union(Arena& arena, const Node& node, const Node& other) {
  const auto is_interval = [](const Node* part) { return part->kind == Kind::bracketed && part->children.size() == 2; };
  const auto is_list_of_intervals = [&](const Node& list) {
    const bool is_or = list.kind == Kind::disjunction || (list.kind == Kind::list && list.text == "or");
    return is_or && std::ranges::all_of(list.children, is_interval);
  };
  const auto is_end_open = [](const Node* part) { return part->open == '(' && part->close == ')'; };
  const auto is_endless = [](const Node* part) {
    return std::ranges::any_of(part->children, [](const Node* end) {
      const Node& size = end->kind == Kind::negate ? (*end)[0] : *end;
      return size.kind == Kind::constant && size.text == "infinity";
    });
  };
  if (is_list_of_intervals(node)) {
    const bool are_pairs = std::ranges::all_of(node.children, is_end_open);
    const bool are_intervals = !are_pairs || std::ranges::any_of(node.children, is_endless);
    return are_intervals ? make_node(arena, Kind::set_union, node.children) : node;
  }
  const bool is_membership = node.kind == Kind::relation && node.relations.size() == 1 && node.relations[0] == "in";
  if (!is_membership || other.kind == Kind::list || node[0].kind != Kind::symbol || !is_list_of_intervals(node[1]))
    return node;
  return make_relation(arena, node[0], "in", make_node(arena, Kind::set_union, node[1].children));
}

const Node* with_known_names(Arena& arena, const Node& node, const Node& other) {
  if (has_free_symbol(node, "E") && !has_constant(node, "e") && !has_free_symbol(other, "E") &&
      has_constant(other, "e"))
    return &substitute(arena, node, "E", make_node(arena, Kind::constant, {}, "e"));
  const bool counts = has_function(other, "binomial", 2) || (kinds_in(other) & bit(Kind::factorial)) != 0;
  if (counts && has_function(node, "C", 2) && !has_function(other, "C", 2)) return &with_binomials(arena, node);
  return nullptr;
}

}  // namespace cohort::rewards::math
