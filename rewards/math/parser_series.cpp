#include <algorithm>

#include "rewards/math/characters.hpp"
#include "rewards/math/parser.hpp"
#include "rewards/math/tree.hpp"

namespace cohort::rewards::math {

namespace {

// a(k) for a_k and a(i, j) for a_{ij}, which depend on an index that a sum runs over; `name` for others.
const Node& as_function_of_index(Arena& arena, const Node& name, std::string_view index) {
  const size_t underscore = name.text.find('_');
  if (underscore == name.text.npos || underscore == 0) return name;
  const std::string_view below = name.text.substr(underscore + 1);
  if (below.find(index) == below.npos) return name;
  const bool is_plain = std::all_of(below.begin(), below.end(), [](char c) { return is_letter(c) || is_digit(c); });
  std::vector<const Node*> arguments;
  for (size_t i = 0; i < below.size() && is_plain; ++i)
    arguments.push_back(&make_node(arena, is_digit(below[i]) ? Kind::integer : Kind::symbol, {}, below.substr(i, 1)));
  if (!is_plain) arguments.push_back(&make_node(arena, Kind::symbol, {}, index));
  return make_node(arena, Kind::function, arguments, is_plain ? name.text.substr(0, underscore + 1) : name.text);
}

const Node& with_index_as_argument(Arena& arena, const Node& node, std::string_view index) {
  if (node.kind == Kind::symbol) return as_function_of_index(arena, node, index);
  std::vector<const Node*> children(node.children.begin(), node.children.end());
  bool is_changed = false;
  for (const Node*& child : children) {
    const Node& other = with_index_as_argument(arena, *child, index);
    is_changed |= &other != child;
    child = &other;
  }
  return is_changed ? with_children(arena, node, children) : node;
}

}  // namespace

// \sum_{k=1}^{n} and \prod: the body is a term.
const Node* Parser::big_operator() {
  const std::string_view name = at().text;
  const Kind kind = name == "sum" ? Kind::sum : name == "product" ? Kind::product : Kind::function;
  const std::string_view text = kind == Kind::function ? name : std::string_view();
  ++position_;
  const Node* below = nullptr;
  const Node* upper = nullptr;
  bool binds_i = false;
  for (;;) {
    if (is(Sign::underscore) && !below && is_open('{', 1)) {
      const size_t open = position_ + 1, close = partner(open);
      binds_i = tokens_[open + 1].sign == Sign::constant && tokens_[open + 1].text == "i";
      bound_i_ += binds_i;
      position_ = open + 1;
      const Enter enter(*this, close);
      below = statement();
      if (!below || !at_end()) return fail("a sum without bounds");
      position_ = close + 1;
    } else if (is(Sign::caret) && !upper) {
      ++position_;
      upper = is(Sign::number) ? number_node(tokens_[position_++]) : argument();
      if (!upper) return nullptr;
    } else {
      break;
    }
  }
  const Node* body = term();
  bound_i_ -= binds_i;
  if (!body) return nullptr;
  if (below && below->kind == Kind::relation)
    for (const Node* operand : below->children.first(std::min<size_t>(below->children.size(), 2)))
      if (operand->kind == Kind::symbol && operand->text.size() == 1)
        body = &with_index_as_argument(arena_, *body, operand->text);
  if (!below || (below->kind != Kind::relation && upper)) return fail("a sum without bounds");
  if (below->kind != Kind::relation) return make(Kind::function, {body, below}, name);
  const Node& bounds = *below;
  const bool is_assigned = bounds.children.size() == 2 && bounds.relations[0] == "=" && bounds[0].kind == Kind::symbol;
  if (is_assigned && upper) return make(kind, {body, bounds.children[0], bounds.children[1], upper}, text);
  const bool is_chain =
      bounds.children.size() == 3 && bounds.relations[0] == "<=" && bounds.relations[1] == "<=" && !upper;
  if (is_chain && bounds[1].kind == Kind::symbol)
    return make(kind, {body, bounds.children[1], bounds.children[0], bounds.children[2]}, text);
  const bool is_endless =
      bounds.children.size() == 2 && bounds.relations[0] == ">=" && bounds[0].kind == Kind::symbol && !upper;
  if (is_endless)
    return make(kind, {body, bounds.children[0], bounds.children[1], leaf(Kind::constant, "infinity")}, text);
  return upper ? fail("a sum without bounds") : make(Kind::function, {body, below}, name);
}

}  // namespace cohort::rewards::math
