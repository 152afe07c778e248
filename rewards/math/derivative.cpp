#include <string_view>

#include "rewards/math/calculus.hpp"
#include "rewards/math/functions.hpp"
#include "rewards/math/terms.hpp"

namespace cohort::rewards::math {
namespace {

constexpr uint32_t max_size = 4'000;  // nodes of a derivative

class Differentiator {
 public:
  Differentiator(Arena& arena, std::string_view variable, Budget& budget)
      : t_(arena), variable_(variable), budget_(budget) {}

  const Node* of(const Node& node) {
    if (node.size > max_size || !budget_.spend(node.size)) return nullptr;
    if (!has_free_symbol(node, variable_)) return &t_.number(0);
    const Node* result = by_rule(node);
    return result && result->size <= max_size ? result : nullptr;
  }

 private:
  const Node* by_rule(const Node& node) {
    switch (node.kind) {
      case Kind::symbol:
        return &t_.number(1);
      case Kind::negate: {
        const Node* inner = of(node[0]);
        return inner ? &t_.minus(*inner) : nullptr;
      }
      case Kind::add:
        return sum(node);
      case Kind::multiply:
        return product(node);
      case Kind::divide:
        return quotient(node[0], node[1]);
      case Kind::power:
        return power(node, node[0], node[1]);
      case Kind::root:
        return power(node, node[0], t_.over(t_.number(1), node[1]));
      case Kind::absolute: {
        const Node* inner = node[0].kind == Kind::matrix ? nullptr : of(node[0]);
        return inner ? &t_.times(t_.over(node[0], node), *inner) : nullptr;
      }
      case Kind::bracketed:
        return node.children.size() == 1 ? of(node[0]) : nullptr;
      case Kind::function:
        return function(node);
      default:
        return nullptr;
    }
  }

  const Node* sum(const Node& node) {
    const Node* total = &t_.number(0);
    for (const Node* child : node.children) {
      const Node* term = of(*child);
      if (!term) return nullptr;
      total = &t_.plus(*total, *term);
    }
    return total;
  }

  const Node* product(const Node& node) {
    const Node* total = &t_.number(0);
    for (const Node* child : node.children) {
      const Node* rate = of(*child);
      if (!rate) return nullptr;
      for (const Node* other : node.children)
        if (other != child) rate = &t_.times(*rate, *other);
      total = &t_.plus(*total, *rate);
    }
    return total;
  }

  const Node* quotient(const Node& above, const Node& below) {
    const Node *up = of(above), *down = of(below);
    if (!up || !down) return nullptr;
    const Node& cross = t_.minus(t_.times(*up, below), t_.times(above, *down));
    return t_.is_zero(*down) ? &t_.over(*up, below) : &t_.over(cross, t_.square(below));
  }

  // (b^x)' = b^x (x' ln b + x b'/b); without a logarithm where the exponent is constant.
  const Node* power(const Node& whole, const Node& base, const Node& exponent) {
    const Node *base_rate = of(base), *exponent_rate = of(exponent);
    if (!base_rate || !exponent_rate) return nullptr;
    if (t_.is_zero(*exponent_rate)) {
      const Node& lower = t_.power(base, t_.minus(exponent, t_.number(1)));
      return &t_.times(t_.times(exponent, lower), *base_rate);
    }
    const bool is_e = base.kind == Kind::constant && base.text == "e";
    const Node& growth = is_e ? *exponent_rate : t_.times(*exponent_rate, t_.call("ln", base));
    if (t_.is_zero(*base_rate)) return &t_.times(whole, growth);
    return &t_.times(whole, t_.plus(growth, t_.over(t_.times(exponent, *base_rate), base)));
  }

  const Node* function(const Node& node) {
    const Function name = function_of(node.text);
    const Node& x = node[0];
    if (name == Function::pow && node.children.size() == 2) return power(node, x, node[1]);
    if (name == Function::log && node.children.size() == 2)
      return of(t_.over(t_.call("ln", x), t_.call("ln", node[1])));
    if (node.children.size() != 1) return nullptr;
    const Node* inner = of(x);
    const Node* outer = inner ? outer_derivative(name, node, x) : nullptr;
    return outer ? &t_.times(*outer, *inner) : nullptr;
  }

  const Node* outer_derivative(Function name, const Node& node, const Node& x) {
    const Node& one = t_.number(1);
    const auto reciprocal = [&](const Node& below) { return &t_.over(one, below); };
    switch (name) {
      case Function::sin:
        return &t_.call("cos", x);
      case Function::cos:
        return &t_.minus(t_.call("sin", x));
      case Function::tan:
        return reciprocal(t_.square(t_.call("cos", x)));
      case Function::cot:
        return &t_.minus(t_.over(one, t_.square(t_.call("sin", x))));
      case Function::sec:
        return &t_.times(node, t_.call("tan", x));
      case Function::csc:
        return &t_.minus(t_.times(node, t_.call("cot", x)));
      case Function::sinh:
        return &t_.call("cosh", x);
      case Function::cosh:
        return &t_.call("sinh", x);
      case Function::tanh:
        return reciprocal(t_.square(t_.call("cosh", x)));
      case Function::exp:
        return &node;
      case Function::ln:
        return reciprocal(x);
      case Function::lg:
        return reciprocal(t_.times(x, t_.call("ln", t_.number(10))));
      case Function::log:
        return reciprocal(x);
      case Function::sqrt:
        return reciprocal(t_.times(t_.number(2), node));
      case Function::arcsin:
        return reciprocal(t_.square_root(t_.minus(one, t_.square(x))));
      case Function::arccos:
        return &t_.minus(t_.over(one, t_.square_root(t_.minus(one, t_.square(x)))));
      case Function::arctan:
        return reciprocal(t_.plus(one, t_.square(x)));
      case Function::arccot:
        return &t_.minus(t_.over(one, t_.plus(one, t_.square(x))));
      case Function::arcsinh:
        return reciprocal(t_.square_root(t_.plus(t_.square(x), one)));
      case Function::arccosh:
        return reciprocal(t_.square_root(t_.minus(t_.square(x), one)));
      case Function::arctanh:
        return reciprocal(t_.minus(one, t_.square(x)));
      default:
        return nullptr;
    }
  }

  const Terms t_;
  std::string_view variable_;
  Budget& budget_;
};

}  // namespace

const Node* differentiated(Arena& arena, const Node& body, std::string_view variable, Budget& budget) {
  return Differentiator(arena, variable, budget).of(body);
}

}  // namespace cohort::rewards::math
