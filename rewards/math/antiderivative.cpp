#include "rewards/math/antiderivative.hpp"

#include <algorithm>
#include <vector>

#include "rewards/math/calculus.hpp"
#include "rewards/math/evaluate.hpp"
#include "rewards/math/points.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/tree.hpp"
#include "rewards/math/values.hpp"

namespace cohort::rewards::math {

namespace {

bool is_constant_name(std::string_view name, std::string_view letters) {
  return !name.empty() && letters.find(name[0]) != std::string_view::npos && (name.size() == 1 || name[1] == '_');
}

int count_symbol(const Node& node, std::string_view name) {
  if (node.kind == Kind::symbol) return node.text == name;
  int count = 0;
  for (const Node* child : node.children) count += count_symbol(*child, name);
  return count;
}

// The tree without its constant of integration, or null where it has none.
const Node* without_constant(const Node& node, std::string_view letters, Arena& arena) {
  if (node.kind != Kind::add) return nullptr;
  for (size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = node[i];
    if (child.kind != Kind::symbol || !is_constant_name(child.text, letters) || count_symbol(node, child.text) != 1)
      continue;
    Nodes children(node.children.begin(), node.children.end());
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
    return children.size() == 1 ? children[0] : &with_children(arena, node, children);
  }
  return nullptr;
}

bool has_divided_logarithm(const Node& node) {
  const bool is_logarithm = node.kind == Kind::function && node.text == "ln" && node.children.size() == 1;
  if (is_logarithm && node[0].kind == Kind::divide && !has_free_symbols(node[0][1])) return true;
  return std::ranges::any_of(node.children, [](const Node* child) { return has_divided_logarithm(*child); });
}

}  // namespace

bool hides_a_factor(const Node& node) {
  const auto is_constant = [](const Node* child) {
    return child->kind == Kind::symbol && is_constant_name(child->text, "CcKk");
  };
  if (node.kind == Kind::add && std::ranges::any_of(node.children, is_constant)) return has_divided_logarithm(node);
  return std::ranges::any_of(node.children, [](const Node* child) { return hides_a_factor(*child); });
}

std::optional<Comparison> compare_antiderivatives(const Node& gold, const Node& prediction, const Policy& policy,
                                                  Arena& arena, Budget& budget) {
  // ∫ f dx beside F + C, or F alone: F′ is f.
  for (const auto& [whole, sum] : {std::pair(&gold, &prediction), std::pair(&prediction, &gold)}) {
    if (whole->kind != Kind::integral || whole->children.size() != 2 || (*whole)[1].kind != Kind::symbol) continue;
    if (sum->kind == Kind::integral) continue;
    const Node* found = without_constant(*sum, "CcKk", arena);
    const Node* rate = differentiated(arena, found ? *found : *sum, (*whole)[1].text, budget);
    if (rate) return compare_values((*whole)[0], *rate, policy, arena, budget);
  }
  const Node* left = without_constant(gold, "CK", arena);
  const Node* right = left ? without_constant(prediction, "CcKk", arena) : nullptr;
  // A small c beside a large one is the same, unless it is the coefficient that follows a and b.
  const bool is_small = !left;
  if (is_small) {
    right = without_constant(prediction, "CK", arena);
    left = right ? without_constant(gold, "ck", arena) : nullptr;
  }
  if (!left || !right) return std::nullopt;
  std::vector<std::string_view> symbols;
  free_symbols(*left, symbols);
  free_symbols(*right, symbols);
  // a + b + C with capital company is a sum of three variables.
  const auto is_capital = [](std::string_view name) { return name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z'; };
  if (is_small && symbols.size() > 1) return std::nullopt;
  if (symbols.empty() || std::any_of(symbols.begin(), symbols.end(), is_capital)) return std::nullopt;
  // The rest may differ by a number: the same one at every point.
  constexpr int64_t precision = 320;
  constexpr int64_t agreement = 200;
  BallArithmetic balls(precision, budget);
  std::optional<Ball> constant;
  int valid = 0;
  for (int index = 0; index < num_points && valid < 8; ++index) {
    const std::vector<Binding> values = point(index, symbols);
    Evaluator evaluator(balls, EvaluateOptions{.point = values});
    const auto difference =
        evaluator.inexact(evaluator.add(evaluator.evaluate(*left), evaluator.negate(evaluator.evaluate(*right))));
    if (budget.is_spent()) return Comparison{Decision::unknown, false, "budget"};
    if (!difference.is_finite() || !evaluator.is_real(difference)) continue;
    if (constant) {
      const Ball apart = balls.subtract(difference.x, *constant);
      const NumberSign sign = balls.sign(apart);
      if (sign == NumberSign::positive || sign == NumberSign::negative) {
        const Comparison apart_at_points{Decision::different, false, "constant"};
        // −arctan(1/x) is arctan x and a constant of its own on either side of 0.
        const auto rate = [&](const Node& node) { return differentiated(arena, node, symbols[0], budget); };
        const Node* left_rate = symbols.size() == 1 ? rate(*left) : nullptr;
        const Node* right_rate = left_rate ? rate(*right) : nullptr;
        return right_rate ? compare_values(*left_rate, *right_rate, policy, arena, budget) : apart_at_points;
      }
      if (balls.upper_log2(apart) > -agreement) continue;
    }
    constant = difference.x;
    ++valid;
  }
  if (valid < 4) return Comparison{Decision::unknown, false, "points"};
  return Comparison{Decision::equal, true, "constant"};
}

}  // namespace cohort::rewards::math
