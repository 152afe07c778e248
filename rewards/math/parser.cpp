#include "rewards/math/parser.hpp"

#include <algorithm>

#include "rewards/math/lexer.hpp"

namespace cohort::rewards::math {

namespace {

// A bracket takes five: its statement, implication, negation, sum and power.
constexpr size_t max_recursion = 5 * (max_depth + 10);

// Of the tree, by the token.
constexpr size_t max_nodes = 32;

// Whether an arrow joins propositions: beside ¬ ∧ ∨, or in p → q.
bool is_logic(std::span<const Token> tokens) {
  bool has_connective = false, has_arrow = false, has_other = false;
  for (const Token& token : tokens) {
    const bool is_proposition =
        token.sign == Sign::letter && (token.text == "p" || token.text == "q" || token.text == "r");
    const bool is_arrow = token.sign == Sign::relation && token.text == "maps";
    has_connective = has_connective || token.sign == Sign::logic_not || token.sign == Sign::logic_and ||
                     token.sign == Sign::logic_or;
    has_arrow = has_arrow || is_arrow;
    has_other = has_other || !(is_proposition || is_arrow || token.sign == Sign::end);
  }
  return has_arrow && (has_connective || !has_other);
}

}  // namespace

bool is_statement(const Node& node) {
  return node.kind == Kind::relation || node.kind == Kind::conjunction || node.kind == Kind::disjunction ||
         node.kind == Kind::negation || node.kind == Kind::implication || node.kind == Kind::equivalence;
}

bool is_set(const Node& node) {
  switch (node.kind) {
    case Kind::set:
    case Kind::set_builder:
    case Kind::set_union:
    case Kind::intersection:
    case Kind::set_minus:
    case Kind::complement:
      return true;
    case Kind::bracketed:
      return node.children.size() == 2;
    case Kind::constant:
      return node.text == "emptyset" ||
             (node.text.size() <= 2 && std::string_view("RQZNC").find(node.text[0]) != std::string_view::npos);
    default:
      return false;
  }
}

Parser::Parser(std::span<Token> tokens, Arena& arena, const Reading& reading, Doubt& doubt)
    : tokens_(tokens),
      arena_(arena),
      reading_(reading),
      doubt_(doubt),
      stack_(arena.room<const Node*>(tokens.size() * 4 + 64)),
      nodes_left_((tokens.size() + max_nodes) * max_nodes) {
  scope_.stop = tokens.size() - 1;
  // Beside j, i is an index or a unit vector.
  const auto is_j = [](const Token& token) {
    return token.sign == Sign::letter && token.text.size() == 1 && token.text[0] == 'j' && !token.is_text;
  };
  i_is_symbol_ = std::any_of(tokens.begin(), tokens.end(), is_j);
  has_logic_ = is_logic(tokens);
}

bool Parser::Level::is_fine() const {
  if (parser_.depth_ <= max_recursion) return true;
  parser_.fail("too deep");
  return false;
}

const Node* Parser::answer() {
  const Node* node = statement();
  if (!node) return nullptr;
  return at_end() ? node : fail("stray text");
}

const Token& Parser::previous() const { return position_ > 0 ? tokens_[position_ - 1] : end_token; }

bool Parser::is_letter(std::string_view letter, size_t ahead) const {
  return is(Sign::letter, ahead) && at(ahead).text == letter;
}

bool Parser::accept(Sign sign) {
  if (!is(sign)) return false;
  ++position_;
  return true;
}

std::nullptr_t Parser::fail(std::string_view problem) {
  if (problem_.empty()) problem_ = problem;
  return nullptr;
}

Node* Parser::make(Kind kind, Nodes children, std::string_view text) {
  if (nodes_left_-- == 0) return ++nodes_left_, fail("too long");
  Node& node = arena_.make<Node>(1)[0];
  node.kind = kind;
  node.text = text;
  if (children.empty()) return &node;
  const auto room = arena_.room<const Node*>(children.size());
  std::copy(children.begin(), children.end(), room.begin());
  node.adopt(room);
  if (node.depth > max_depth) return fail("too deep");
  return &node;
}

Node* Parser::make(Kind kind, std::initializer_list<const Node*> children, std::string_view text) {
  for (const Node* child : children)
    if (!child) return nullptr;
  return make(kind, Nodes(children.begin(), children.size()), text);
}

// \{1 + 2\}\{3 − 4\} is a product of groups.
const Node* Parser::product(Nodes factors) {
  if (factors.size() == 1) return factors[0];
  Gather parts(*this);
  for (const Node* factor : factors) {
    const bool is_group = factor->kind == Kind::set && factor->children.size() == 1;
    const Node* part = is_group ? factor->children[0] : factor;
    if (part->kind == Kind::multiply)
      for (const Node* child : part->children) parts.push(child);
    else
      parts.push(part);
  }
  // ∀x ∃y is not ∃x ∀y. A function of more values than that costs more than it is worth.
  constexpr size_t most_quantified = 12;
  const auto is_quantifier = [](const Node* part) {
    return part->kind == Kind::symbol && (part->text == "forall" || part->text == "exists");
  };
  const bool is_quantified =
      parts.size() <= most_quantified && std::any_of(parts.nodes().begin(), parts.nodes().end(), is_quantifier);
  return is_quantified ? make(Kind::function, parts.nodes(), "quantified") : make(Kind::multiply, parts.nodes());
}

}  // namespace cohort::rewards::math
