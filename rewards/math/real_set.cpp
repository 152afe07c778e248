#include "rewards/math/real_set.hpp"

#include <algorithm>

#include "rewards/math/algebra.hpp"
#include "rewards/math/same.hpp"

namespace cohort::rewards::math {
namespace {

constexpr size_t max_intervals = 256;
constexpr int max_depth_of_sets = 64;

const RealSet everything = {Range{}};

Range point(const Node& node) { return {&node, &node, false, false}; }

/// 1 or −1 for ±∞, 0 for anything else.
int infinity_sign(const Node& node) {
  if (node.kind == Kind::negate) return -infinity_sign(node[0]);
  return node.kind == Kind::constant && node.text == "infinity" ? 1 : 0;
}

std::string_view turned(std::string_view word) {
  if (word == "<") return ">";
  if (word == "<=") return ">=";
  if (word == ">") return "<";
  if (word == ">=") return "<=";
  return word;
}

bool is_symbol(const Node& node, std::string_view name) { return node.kind == Kind::symbol && node.text == name; }

/// What an absolute value that depends on `variable` is taken of: the innermost first. Null where there is none.
const Node* inside_absolute(const Node& node, std::string_view variable) {
  for (const Node* child : node.children)
    if (const Node* inside = inside_absolute(*child, variable)) return inside;
  return node.kind == Kind::absolute && has_free_symbol(node[0], variable) ? &node[0] : nullptr;
}

/// `node` with `value` for |inside|.
const Node& without_absolute(Arena& arena, const Node& node, const Node& inside, const Node& value) {
  if (node.kind == Kind::absolute && same_tree(node[0], inside)) return value;
  Nodes children(node.children.begin(), node.children.end());
  bool is_changed = false;
  for (const Node*& child : children) {
    const Node& other = without_absolute(arena, *child, inside, value);
    is_changed |= &other != child;
    child = &other;
  }
  return is_changed ? with_children(arena, node, children) : node;
}

/// Factors above and below one line.
struct Factors {
  Nodes above, below;
};

void collect_factors(const Node& node, bool is_above, Factors& factors) {
  switch (node.kind) {
    case Kind::multiply:
      for (const Node* child : node.children) collect_factors(*child, is_above, factors);
      return;
    case Kind::divide:
      collect_factors(node[0], is_above, factors);
      collect_factors(node[1], !is_above, factors);
      return;
    case Kind::negate:
      collect_factors(node[0], is_above, factors);
      return;
    case Kind::power:
      if (node[1].kind == Kind::integer && node[1].text != "0") return collect_factors(node[0], is_above, factors);
      [[fallthrough]];
    default:
      (is_above ? factors.above : factors.below).push_back(&node);
  }
}

}  // namespace

std::optional<RealSet> RealSets::united(RealSet left, const RealSet& right) {
  left.insert(left.end(), right.begin(), right.end());
  if (left.size() > max_intervals || !budget_.spend(static_cast<int64_t>(left.size()))) return {};
  bool is_decided = true;
  // By insertion: std::sort may not meet an order that can fail.
  const auto starts_before = [&](const Range& a, const Range& b) {
    if (!a.low || !b.low) return !a.low && b.low;
    const Order order = compare(a.low, b.low);
    is_decided &= order != Order::unknown;
    return order == Order::less || (order == Order::equal && !a.is_low_open && b.is_low_open);
  };
  for (size_t i = 1; i < left.size() && is_decided; ++i)
    for (size_t j = i; j > 0 && starts_before(left[j], left[j - 1]); --j) std::swap(left[j], left[j - 1]);
  RealSet result;
  for (const Range& next : left) {
    if (!is_decided) return {};
    if (result.empty()) {
      result.push_back(next);
      continue;
    }
    Range& last = result.back();
    if (!last.high) break;
    const Order gap = next.low ? compare(next.low, last.high) : Order::less;
    if (gap == Order::unknown) return {};
    const bool is_apart = gap == Order::greater || (gap == Order::equal && next.is_low_open && last.is_high_open);
    if (is_apart) {
      result.push_back(next);
      continue;
    }
    if (!next.high) {
      last.high = nullptr;
      last.is_high_open = true;
      continue;
    }
    const Order end = compare(next.high, last.high);
    if (end == Order::unknown) return {};
    if (end == Order::equal) last.is_high_open &= next.is_high_open;
    if (end == Order::greater) last.high = next.high, last.is_high_open = next.is_high_open;
  }
  return result;
}

std::optional<RealSet> RealSets::complement(const RealSet& set) {
  RealSet result;
  Range gap;
  bool is_open_ended = true;
  for (const Range& interval : set) {
    if (interval.low) {
      gap.high = interval.low;
      gap.is_high_open = !interval.is_low_open;
      result.push_back(gap);
    }
    is_open_ended = interval.high != nullptr;
    gap = {interval.high, nullptr, !interval.is_high_open, true};
  }
  if (is_open_ended) result.push_back(gap);
  return result;
}

std::optional<RealSet> RealSets::intersected(const RealSet& left, const RealSet& right) {
  const auto outside_left = complement(left), outside_right = complement(right);
  if (!outside_left || !outside_right) return {};
  const auto outside = united(*outside_left, *outside_right);
  return outside ? complement(*outside) : outside;
}

std::optional<RealSet> RealSets::read(const Node& node, std::string_view variable, Form form) {
  if (depth_ >= max_depth_of_sets || !budget_.spend(1)) return {};
  ++depth_;
  const auto of = [&](const Node& part) { return read(part, variable, form); };
  const auto folded = [&](auto combine) {
    std::optional<RealSet> result = of(node[0]);
    for (size_t i = 1; i < node.children.size() && result; ++i) {
      const std::optional<RealSet> next = of(node[i]);
      result = next ? combine(*result, *next) : std::nullopt;
    }
    return result;
  };
  std::optional<RealSet> result;
  switch (node.kind) {
    case Kind::constant:
      if (node.text == "R") result = everything;
      if (node.text == "R+") result = RealSet{{&make_integer(arena_, 0), nullptr, true, true}};
      if (node.text == "R-") result = RealSet{{nullptr, &make_integer(arena_, 0), true, true}};
      if (node.text == "emptyset") result = RealSet{};
      break;
    case Kind::bracketed:
      result = interval(node);
      break;
    case Kind::set:
      result = finite(node);
      break;
    case Kind::set_builder:
      if (node[0].kind == Kind::symbol) result = read(node[1], node[0].text, form);
      // {x ∈ R | x > 3}
      if (const Node& domain = node[0]; domain.kind == Kind::relation && domain.relations.size() == 1 &&
                                        domain.relations[0] == "in" && domain[0].kind == Kind::symbol) {
        const auto outer = of(domain[1]), inner = read(node[1], domain[0].text, form);
        if (outer && inner) result = intersected(*outer, *inner);
      }
      break;
    case Kind::set_union:
    case Kind::disjunction:
      result = folded([&](const RealSet& a, const RealSet& b) { return united(a, b); });
      break;
    case Kind::intersection:
    case Kind::conjunction:
      result = folded([&](const RealSet& a, const RealSet& b) { return intersected(a, b); });
      break;
    case Kind::list:
      // x > 1, x < 3 and x ≠ 0: all of them.
      if (std::ranges::all_of(node.children, [](const Node* part) { return part->kind == Kind::relation; }))
        result = folded([&](const RealSet& a, const RealSet& b) { return intersected(a, b); });
      break;
    case Kind::set_minus:
      if (const auto left = of(node[0]), right = of(node[1]); left && right)
        if (const auto outside = complement(*right)) result = intersected(*left, *outside);
      break;
    case Kind::complement:
    case Kind::negation:
      if (const auto inner = of(node[0])) result = complement(*inner);
      break;
    case Kind::relation:
      result = relation(node, variable, form);
      break;
    default:
      break;
  }
  --depth_;
  return result;
}

std::optional<RealSet> RealSets::interval(const Node& bracketed) {
  if (bracketed.children.size() != 2 || bracketed.open == '<') return {};
  Range result{&bracketed[0], &bracketed[1], bracketed.open != '[', bracketed.close != ']'};
  const int low = infinity_sign(bracketed[0]), high = infinity_sign(bracketed[1]);
  if (low > 0 || high < 0 || has_free_symbols(bracketed)) return {};
  if (low < 0) result.low = nullptr, result.is_low_open = true;
  if (high > 0) result.high = nullptr, result.is_high_open = true;
  if (!result.low || !result.high) return RealSet{result};
  switch (compare(result.low, result.high)) {
    case Order::less:
      return RealSet{result};
    case Order::equal:
      return result.is_low_open || result.is_high_open ? RealSet{} : RealSet{result};
    default:
      return {};
  }
}

std::optional<RealSet> RealSets::finite(const Node& set) {
  std::optional<RealSet> result = RealSet{};
  for (const Node* element : set.children) {
    if (has_free_symbols(*element) || infinity_sign(*element) != 0) return {};
    // Nothing but a real number has an order.
    if (compare(element, element) != Order::equal) return {};
    result = united(*result, {point(*element)});
    if (!result) return {};
  }
  return result;
}

std::optional<RealSet> RealSets::relation(const Node& chain, std::string_view variable, Form form) {
  std::optional<RealSet> result = everything;
  for (size_t i = 0; i < chain.relations.size() && result; ++i) {
    const Node& left = chain[i];
    const Node& right = chain[i + 1];
    const std::string_view word = chain.relations[i];
    std::optional<RealSet> link;
    if (word == "!=" && right.kind == Kind::list && is_symbol(left, variable)) {
      // x ≠ 1, 2
      link = finite(right);
      if (link) link = complement(*link);
    } else if (word == "in" || word == "notin") {
      if (!is_symbol(left, variable)) return {};
      link = read(right, variable, form);
      if (link && word == "notin") link = complement(*link);
    } else if (word == "=" || word == "!=" || word == "<" || word == "<=" || word == ">" || word == ">=") {
      link = inequality(left, word, right, variable, form);
    }
    result = link ? intersected(*result, *link) : std::nullopt;
  }
  return result;
}

std::optional<RealSet> RealSets::inequality(const Node& left, std::string_view word, const Node& right,
                                            std::string_view variable, Form form) {
  const bool left_has = has_free_symbol(left, variable), right_has = has_free_symbol(right, variable);
  if (!left_has && right_has) return inequality(right, turned(word), left, variable, form);
  if (!left_has) return {};
  if (is_symbol(left, variable) && !right_has) {
    if (has_free_symbols(right)) return {};
    if (const int sign = infinity_sign(right)) {
      // x < ∞ says nothing.
      const bool is_void = (sign > 0 && word[0] == '<') || (sign < 0 && word[0] == '>') || word == "!=";
      return is_void ? std::optional<RealSet>(everything) : std::nullopt;
    }
    return ray(right, word);
  }
  // An equation is a value only when it is solved.
  if (form == Form::solved || word == "=") return {};
  if (const Node* inside = inside_absolute(left, variable)) return by_sign(*inside, left, word, right, variable);
  if (const Node* inside = inside_absolute(right, variable)) return by_sign(*inside, left, word, right, variable);
  if (free_symbols(left).size() > 1 || free_symbols(right).size() > (right_has ? 1 : 0)) return {};
  const bool is_zero = right.kind == Kind::integer && right.text == "0";
  return solved(is_zero ? left : subtract(arena_, left, right), word, variable);
}

/// x < end and the like.
std::optional<RealSet> RealSets::ray(const Node& end, std::string_view word) {
  if (compare(&end, &end) != Order::equal) return {};
  if (word == "=") return RealSet{point(end)};
  if (word == "!=") return complement({point(end)});
  const bool is_open = word.size() == 1;
  if (word[0] == '<') return RealSet{{nullptr, &end, true, is_open}};
  return RealSet{{&end, nullptr, is_open, true}};
}

/// The inequality where `inside`, of an absolute value in it, is not negative, and where it is.
std::optional<RealSet> RealSets::by_sign(const Node& inside, const Node& left, std::string_view word, const Node& right,
                                         std::string_view variable) {
  if (depth_ >= max_depth_of_sets || !budget_.spend(1)) return {};
  ++depth_;
  const Node& zero = make_integer(arena_, 0);
  const Node& opposite = make_node(arena_, Kind::negate, {&inside});
  std::optional<RealSet> result = RealSet{};
  for (const bool is_negative : {false, true}) {
    const Node& value = is_negative ? opposite : inside;
    const auto where = inequality(inside, is_negative ? "<" : ">=", zero, variable, Form::any);
    const auto holds = inequality(without_absolute(arena_, left, inside, value), word,
                                  without_absolute(arena_, right, inside, value), variable, Form::any);
    const auto part = where && holds ? intersected(*where, *holds) : std::nullopt;
    result = result && part ? united(*result, *part) : std::nullopt;
  }
  --depth_;
  return result;
}

/// By a formula, or after the rational zeros were split off.
std::optional<Nodes> RealSets::zeros_of(const Node& factor, std::string_view variable) {
  if (const auto polynomial = as_polynomial(factor, variable, arena_, budget_))
    return real_zeros(*polynomial, arena_, budget_);
  const auto factors = rational_factors(factor, variable, arena_, budget_);
  if (!factors || !factors->rest) return {};
  Nodes zeros = factors->zeros;
  const Polynomial& rest = *factors->rest;
  if (!rest[1] && !rest[2]) return zeros;
  const auto more = real_zeros(rest, arena_, budget_);
  if (!more) return {};
  zeros.insert(zeros.end(), more->begin(), more->end());
  return zeros;
}

/// difference < 0 and the like, from its sign between neighbouring zeros of its factors.
std::optional<RealSet> RealSets::solved(const Node& difference, std::string_view word, std::string_view variable) {
  const Fraction fraction = as_fraction(difference, arena_);
  Factors factors;
  if (as_polynomial(*fraction.numerator, variable, arena_, budget_)) {
    factors.above.push_back(fraction.numerator);
  } else {
    collect_factors(*fraction.numerator, true, factors);
  }
  collect_factors(*fraction.denominator, false, factors);
  RealSet zeros, poles;
  for (const bool is_above : {true, false}) {
    RealSet& points = is_above ? zeros : poles;
    for (const Node* factor : is_above ? factors.above : factors.below) {
      if (!has_free_symbol(*factor, variable)) continue;
      const auto found = zeros_of(*factor, variable);
      if (!found) return {};
      for (const Node* zero : *found) {
        const auto more = united(points, {point(*zero)});
        if (!more) return {};
        points = *more;
      }
    }
  }
  const auto special = united(zeros, poles);
  const auto regular = special ? complement(*special) : std::nullopt;
  if (!regular) return {};
  if (word == "!=") return regular;
  RealSet result;
  const Node& zero = make_integer(arena_, 0);
  const Node& one = make_integer(arena_, 1);
  for (const Range& gap : *regular) {
    const Node* sample = &zero;
    if (gap.low && gap.high) {
      sample = &make_node(arena_, Kind::divide,
                          {&make_node(arena_, Kind::add, {gap.low, gap.high}), &make_integer(arena_, 2)});
    } else if (gap.low) {
      sample = &make_node(arena_, Kind::add, {gap.low, &one});
    } else if (gap.high) {
      sample = &subtract(arena_, *gap.high, one);
    }
    const Order sign = compare(&substitute(arena_, difference, variable, *sample), &zero);
    if (sign == Order::unknown || sign == Order::equal) return {};
    if ((sign == Order::less) == (word[0] == '<')) result.push_back(gap);
  }
  if (word.size() == 1) return result;
  // Zeros belong to ≤ and ≥, unless the denominator is 0 there, too.
  const auto outside = complement(poles);
  const auto valid = outside ? intersected(zeros, *outside) : std::nullopt;
  return valid ? united(result, *valid) : valid;
}

}  // namespace cohort::rewards::math
