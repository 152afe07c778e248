#include "rewards/math/tree.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "rewards/math/functions.hpp"
#include "rewards/math/parse.hpp"

namespace cohort::rewards::math {
namespace {

bool is_binder(Kind kind) {
  return kind == Kind::sum || kind == Kind::product || kind == Kind::integral || kind == Kind::limit ||
         kind == Kind::derivative;
}

/// Whether the symbol `name` is bound in child `index` of `node`: in the body, not in the limits.
/// A derivative and an integral without limits are functions of their variable again, which stays free.
bool is_bound(const Node& node, size_t index, std::string_view name) {
  if (!is_binder(node.kind) || index > 1 || node.children.size() < 2) return false;
  if (node.kind == Kind::derivative || (node.kind == Kind::integral && node.children.size() == 2)) return false;
  return node[1].kind == Kind::symbol && node[1].text == name;
}

constexpr size_t max_symbols = 64;

void collect(const Node& node, std::vector<std::string_view>& bound, std::vector<std::string_view>& names) {
  if (node.kind == Kind::symbol) {
    if (names.size() < max_symbols && std::ranges::find(bound, node.text) == bound.end() &&
        std::ranges::find(names, node.text) == names.end())
      names.push_back(node.text);
    return;
  }
  for (size_t i = 0; i < node.children.size(); ++i) {
    const bool binds = is_binder(node.kind) && node.children.size() > 1 && is_bound(node, i, node[1].text) &&
                       bound.size() < deepest_tree;
    if (binds) bound.push_back(node[1].text);
    collect(node[i], bound, names);
    if (binds) bound.pop_back();
  }
}

std::span<const Node* const> copy_of(Arena& arena, std::span<const Node* const> nodes) {
  const std::span<const Node*> copy = arena.room<const Node*>(nodes.size());
  std::ranges::copy(nodes, copy.begin());
  return copy;
}

}  // namespace

const Node& make_node(Arena& arena, Kind kind, std::span<const Node* const> children, std::string_view text) {
  Node& node = arena.make<Node>(1)[0];
  node.kind = kind;
  node.text = text;
  node.adopt(copy_of(arena, children));
  return node;
}

const Node& make_node(Arena& arena, Kind kind, std::initializer_list<const Node*> children, std::string_view text) {
  return make_node(arena, kind, std::span<const Node* const>(children.begin(), children.size()), text);
}

const Node& make_integer(Arena& arena, int64_t value) {
  const uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  const Node& node = make_node(arena, Kind::integer, {}, arena.copy(std::to_string(magnitude)));
  return value < 0 ? make_node(arena, Kind::negate, {&node}) : node;
}

std::optional<int64_t> small_integer(const Node& node) {
  constexpr size_t most_digits = 6;
  const bool is_negative = node.kind == Kind::negate;
  const Node& size = is_negative ? node[0] : node;
  if (size.kind != Kind::integer || size.text.empty() || size.text.size() > most_digits) return {};
  int64_t value = 0;
  for (const char digit : size.text) value = 10 * value + (digit - '0');
  return is_negative ? -value : value;
}

const Node& make_relation(Arena& arena, const Node& left, std::string_view word, const Node& right) {
  Node& node = arena.make<Node>(1)[0];
  node = make_node(arena, Kind::relation, {&left, &right});
  const std::span<std::string_view> words = arena.make<std::string_view>(1);
  words[0] = word;
  node.relations = words;
  return node;
}

const Node& subtract(Arena& arena, const Node& left, const Node& right) {
  return make_node(arena, Kind::add, {&left, &make_node(arena, Kind::negate, {&right})});
}

const Node& with_children(Arena& arena, const Node& node, std::span<const Node* const> children) {
  Node& result = arena.make<Node>(1)[0];
  result = node;
  result.adopt(copy_of(arena, children));
  return result;
}

std::vector<std::string_view> free_symbols(const Node& node) {
  std::vector<std::string_view> bound, names;
  collect(node, bound, names);
  return names;
}

bool has_free_symbol(const Node& node, std::string_view name) {
  if (node.kind == Kind::symbol) return node.text == name;
  if ((node.kinds_below & bit(Kind::symbol)) == 0) return false;
  for (size_t i = 0; i < node.children.size(); ++i)
    if (!is_bound(node, i, name) && has_free_symbol(node[i], name)) return true;
  return false;
}

bool has_free_symbols(const Node& node) { return has_kind(node, Kind::symbol) && !free_symbols(node).empty(); }

const Node& substitute(Arena& arena, const Node& node, std::string_view name, const Node& value) {
  if (node.kind == Kind::symbol) return node.text == name ? value : node;
  if (!has_free_symbol(node, name)) return node;
  Nodes children(node.children.begin(), node.children.end());
  for (size_t i = 0; i < children.size(); ++i)
    if (!is_bound(node, i, name)) children[i] = &substitute(arena, *children[i], name, value);
  return with_children(arena, node, children);
}

bool is_unknown_function(const Node& node) {
  // Functions that the comparison itself computes, or that have a meaning without a value.
  static constexpr std::array others =
      std::to_array<std::string_view>({"transpose", "trace", "tr", "rank", "norm", "dim", "deg", "gamma", "erf",
                                       "multinomial", "round", "quantified", "tensor"});
  return node.kind == Kind::function && function_of(node.text) == Function::unknown &&
         std::ranges::find(others, node.text) == others.end();
}

const Node& applications_as_symbols(Arena& arena, const Node& node) {
  if (is_unknown_function(node)) return make_node(arena, Kind::symbol, {}, arena.copy(to_string(node)));
  Nodes children(node.children.begin(), node.children.end());
  bool is_changed = false;
  for (const Node*& child : children) {
    const Node& other = applications_as_symbols(arena, *child);
    is_changed |= &other != child;
    child = &other;
  }
  return is_changed ? with_children(arena, node, children) : node;
}

}  // namespace cohort::rewards::math
