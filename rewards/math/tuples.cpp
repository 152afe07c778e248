// Tuples worked out: multiples and sums of them, \frac{1}{3}(1, 2, 2) and (1, 2) + t(3, 4), entry by entry.
#include <algorithm>

#include "rewards/math/comparer.hpp"

namespace cohort::rewards::math {
namespace {

constexpr uint64_t below(Kind kind) { return bit(kind) - 1; }
constexpr uint64_t arithmetic =
    (below(Kind::ellipsis) | (below(Kind::percent) & ~below(Kind::negate)) | bit(Kind::function)) &
    ~(bit(Kind::plus_minus) | bit(Kind::minus_plus));
constexpr uint32_t max_size = 2'000;  // nodes of a tuple that is worked out

bool is_scalar(const Node& node) {
  const bool is_set =
      node.kind == Kind::constant && node.text.size() <= 2 && node.text[0] >= 'A' && node.text[0] <= 'Z';
  return (kinds_in(node) & ~arithmetic) == 0 && !is_set;
}

/// (1, 2), ⟨1, 2⟩ and [1, 2, 3], which is no interval.
bool is_tuple(const Node& node) {
  if (node.kind != Kind::bracketed || node.children.size() < 2) return false;
  const bool is_round = node.open == '(' && node.close == ')', is_angle = node.open == '<' && node.close == '>';
  const bool is_square = node.open == '[' && node.close == ']' && node.children.size() > 2;
  return (is_round || is_angle || is_square) &&
         std::ranges::all_of(node.children, [](const Node* entry) { return is_scalar(*entry); });
}

bool is_capital(const Node& node) {
  return node.kind == Kind::symbol && node.text.size() == 1 && node.text[0] >= 'A' && node.text[0] <= 'Z';
}

class Tuples {
 public:
  explicit Tuples(Arena& arena) : arena_(arena) {}

  /// The tuple that `node` comes to; null where it is none.
  const Node* of(const Node& node) {
    if (is_tuple(node)) return &node;
    switch (node.kind) {
      case Kind::negate: {
        const Node* inner = of(node[0]);
        return inner ? each(*inner, [&](const Node& entry) { return negated(entry); }) : nullptr;
      }
      case Kind::divide: {
        const Node* inner = is_scalar(node[1]) ? of(node[0]) : nullptr;
        return inner ? each(*inner,
                            [&](const Node& entry) {
                              return make(Kind::divide, {&entry, &node[1]});
                            })
                     : nullptr;
      }
      case Kind::multiply:
        return multiple(node);
      case Kind::add:
        return sum(node);
      default:
        return nullptr;
    }
  }

 private:
  const Node* make(Kind kind, std::initializer_list<const Node*> children) {
    return &make_node(arena_, kind, children);
  }
  const Node* negated(const Node& entry) { return make(Kind::negate, {&entry}); }

  template <typename Change>
  const Node* each(const Node& tuple, Change change) {
    Nodes entries;
    for (const Node* entry : tuple.children) entries.push_back(change(*entry));
    return &with_children(arena_, tuple, entries);
  }

  /// One tuple and scalars. P(1, 2) is a point and its name.
  const Node* multiple(const Node& node) {
    const Node* tuple = nullptr;
    Nodes factors;
    for (const Node* child : node.children) {
      if (is_scalar(*child)) {
        factors.push_back(child);
        continue;
      }
      if (tuple || !(tuple = of(*child))) return nullptr;
    }
    if (!tuple || factors.empty() || (factors.size() == 1 && is_capital(*factors[0]))) return nullptr;
    return each(*tuple, [&](const Node& entry) {
      Nodes product = factors;
      product.push_back(&entry);
      return &make_node(arena_, Kind::multiply, product);
    });
  }

  const Node* sum(const Node& node) {
    std::vector<const Node*> tuples;
    for (const Node* child : node.children) {
      const Node* tuple = of(*child);
      const bool fits =
          tuple &&
          (tuples.empty() || (tuple->children.size() == tuples[0]->children.size() && tuple->open == tuples[0]->open));
      if (!fits) return nullptr;
      tuples.push_back(tuple);
    }
    Nodes entries;
    for (size_t i = 0; i < tuples[0]->children.size(); ++i) {
      Nodes terms;
      for (const Node* tuple : tuples) terms.push_back(tuple->children[i]);
      entries.push_back(&make_node(arena_, Kind::add, terms));
    }
    return &with_children(arena_, *tuples[0], entries);
  }

  Arena& arena_;
};

}  // namespace

const Node& Comparer::without_tuple_arithmetic(const Node& node) {
  const bool is_operation = node.kind >= Kind::negate && node.kind <= Kind::divide;
  if (!is_operation || node.size > max_size || (kinds_in(node) & bit(Kind::bracketed)) == 0) return node;
  const Node* tuple = budget.spend(node.size) ? Tuples(arena).of(node) : nullptr;
  return tuple ? *tuple : node;
}

}  // namespace cohort::rewards::math
