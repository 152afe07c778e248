#include "rewards/math/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "rewards/math/evaluate_arithmetic.hpp"
#include "rewards/math/evaluate_elementary.hpp"
#include "rewards/math/evaluate_function.hpp"
#include "rewards/math/evaluate_integer.hpp"
#include "rewards/math/functions.hpp"

namespace cohort::rewards::math {

namespace {

constexpr int depth_limit = 400;         // the parser's 200 levels and what comparison builds around them
constexpr size_t digits_limit = 20'000;  // of one literal

bool has_index(const Node& node, std::string_view index) {
  if (node.kind == Kind::symbol) return node.text == index;
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const Node* child) { return has_index(*child, index); });
}

// Whether a tree is a + b·index for integers that do not depend on it.
bool is_linear(const Node& node, std::string_view index) {
  const auto is_fine = [&](const Node* child) { return is_linear(*child, index); };
  const auto has = [&](const Node* child) { return has_index(*child, index); };
  switch (node.kind) {
    case Kind::symbol:
    case Kind::integer:
      return true;
    case Kind::negate:
    case Kind::add:
      return std::all_of(node.children.begin(), node.children.end(), is_fine);
    case Kind::multiply:
      return std::all_of(node.children.begin(), node.children.end(), is_fine) &&
             std::count_if(node.children.begin(), node.children.end(), has) < 2;
    default:
      return false;
  }
}

// Whether a tree is c·r^index.
bool is_geometric(const Node& node, std::string_view index) {
  if (!has_index(node, index)) return true;
  switch (node.kind) {
    case Kind::power:
      return is_linear(node[1], index) ? !has_index(node[0], index)
                                       : !has_index(node[1], index) && is_geometric(node[0], index);
    case Kind::negate:
    case Kind::multiply:
    case Kind::divide:
      return std::all_of(node.children.begin(), node.children.end(),
                         [&](const Node* child) { return is_geometric(*child, index); });
    case Kind::bracketed:
      return node.children.size() == 1 && is_geometric(node[0], index);
    default:
      return false;
  }
}

uint64_t hash(std::string_view name) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : name) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value ^ value >> 29;
}

}  // namespace

// A literal: integer, decimal, repeating decimal, or digits in another base.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::number(const Node& node) {
  const std::string_view text = node.text;
  const auto length = static_cast<int64_t>(text.size());
  if (text.size() > digits_limit || text.empty() || !a_.budget().spend(length * length / 8000)) return unknown();
  if (node.kind == Kind::integer) {
    if (length <= 18) {
      int64_t value = 0;
      for (const char c : text) value = value * 10 + (c - '0');
      return exact(Integer(value));
    }
    return exact(Integer::from_digits(text));
  }
  if (node.kind == Kind::numeral) {
    const Result base = evaluate(node[0]);
    if (!base.is_exactly_real() || !base.real.is_integer() || base.real < Rational(2) || base.real > Rational(36))
      return unknown();
    const int64_t radix = base.real.numerator().small();
    std::string digits;
    Integer scale(1);
    bool is_behind_point = false;
    for (const char c : text) {
      if (c == '.' && !is_behind_point) {
        is_behind_point = true;
        continue;
      }
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'z' ? c - 'a' + 10
                        : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                               : 99;
      if (digit >= radix) return unknown();
      digits += c;
      if (is_behind_point) scale = scale * Integer(radix);
    }
    const Integer whole = Integer::from_digits(digits, static_cast<unsigned>(radix));
    return is_behind_point ? exact(Rational(whole, scale)) : exact(whole);
  }
  // Both kinds of decimal: the digits without point and bar, and how many stand behind each.
  std::string digits;
  int64_t behind_point = -1, behind_bar = -1;
  for (const char c : text) {
    if (c == '.') {
      behind_point = 0;
    } else if (c == '|') {
      behind_bar = 0;
    } else {
      digits += c;
      if (behind_point >= 0) ++behind_point;
      if (behind_bar >= 0) ++behind_bar;
    }
  }
  behind_point = std::max<int64_t>(behind_point, 0);
  Integer numerator = Integer::from_digits(digits);
  const auto ten_to = [](int64_t count) { return math::power(Integer(10), static_cast<uint64_t>(count)); };
  if (node.kind == Kind::repeating && behind_bar > 0) {
    // 0.1|6 = (16 − 1) / (10·(10 − 1)) …
    const auto fixed = std::string_view(digits).substr(0, digits.size() - static_cast<size_t>(behind_bar));
    numerator = numerator - Integer::from_digits(fixed);
    return exact(Rational(std::move(numerator), ten_to(behind_point - behind_bar) * (ten_to(behind_bar) - 1)));
  }
  const int64_t exponent = int64_t{node.exponent} - behind_point;
  if (numerator.is_zero()) return exact(0);
  if (std::abs(exponent) * 10 / 3 + 1 > options_.exact_bits) {
    const Result scale = raise_to_integer(real(a_.integer(10)), Integer(exponent));
    return multiply(exact(std::move(numerator)), scale);
  }
  if (exponent >= 0) return exact(numerator * ten_to(exponent));
  return exact(Rational(std::move(numerator), ten_to(-exponent)));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::symbol(std::string_view name) {
  for (auto binding = bound_.rbegin(); binding != bound_.rend(); ++binding)
    if (binding->name == name) return exact(binding->value);
  for (const Binding& binding : options_.point)
    if (binding.name == name) return exact(binding.value);
  return unknown();
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::constant(std::string_view name) {
  if (name == "pi") return real(a_.pi());
  if (name == "e") return real(a_.exp(a_.integer(1)));
  if (name == "i") return exact(0, 1);
  if (name == "infinity") return of(State::positive_infinity);
  if (name == "undefined") return undefined();
  return unknown();
}

// The value of a_2 that the point names, for the term 2 of a sum of a_k; unknown where it names none.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::indexed(const Node& node) {
  std::string name(node.text);
  for (const Node* child : node.children) {
    const Result index = evaluate(*child);
    if (!index.is_exactly_real() || !index.real.is_integer() || !index.real.numerator().is_small()) return unknown();
    name += std::to_string(index.real.numerator().small());
  }
  for (const Binding& binding : options_.point)
    if (binding.name == name) return exact(binding.value);
  return unknown();
}

// A function that nobody defined: any smooth function serves, as long as one name always means the same one. Two
// expressions that differ for it differ for some function.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::opaque(const Node& node) {
  if (node.text.ends_with('_'))
    if (const Result term = indexed(node); term.state != State::unknown) return term;
  constexpr int64_t units_per_argument = 24;
  if (!a_.budget().spend(units_per_argument * static_cast<int64_t>(node.children.size()))) return unknown();
  uint64_t seed = hash(node.text) + node.children.size();
  const auto next = [&] {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return Rational(Integer(static_cast<int64_t>(seed >> 40) + 1), Integer(int64_t{1} << 23));
  };
  Result straight = exact(next()), bent = exact(next());
  for (const Node* child : node.children) {
    const Result value = evaluate(*child);
    if (!value.is_finite()) return value.state == State::undefined ? value : unknown();
    straight = add(straight, multiply(exact(next()), value));
    bent = add(bent, multiply(exact(next()), value));
  }
  return add(straight, sine(bent, false));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::function(const Node& node) {
  const Function function = function_of(node.text);
  if (node.children.empty() || function == Function::unknown) return opaque(node);
  if (function == Function::det) return node.children.size() == 1 ? determinant(node[0]) : unknown();
  const int name = static_cast<int>(function);
  if (function >= Function::max && function != Function::factorial) return integer_function(name, node);
  const size_t most = function == Function::log || function == Function::pow ? 2 : 1;
  return node.children.size() <= most ? call(name, node, evaluate(node[0])) : unknown();
}

// Cofactors along the first row: the matrices of answers are small.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::determinant(const Node& matrix) {
  const size_t n = matrix.rows;
  if (matrix.kind != Kind::matrix || n != matrix.columns || n == 0 || n > 5) return unknown();
  std::vector<Result> entries;
  for (const Node* child : matrix.children) {
    entries.push_back(evaluate(*child));
    if (!entries.back().is_finite()) return unknown();
  }
  const auto minor = [&](const auto& self, size_t row, unsigned used) -> Result {
    if (row == n) return exact(1);
    Result sum = exact(0);
    bool is_odd = false;
    for (size_t column = 0; column < n; ++column) {
      if (used >> column & 1) continue;
      Result term = multiply(entries[row * n + column], self(self, row + 1, used | 1u << column));
      sum = add(sum, is_odd ? negate(std::move(term)) : term);
      is_odd = !is_odd;
    }
    return sum;
  };
  return minor(minor, 0, 0);
}

// a + ar + ar² + … = a/(1 − r), where the shape of the term says that it is geometric.
template <typename A>
typename Evaluator<A>::Result Evaluator<A>::endless_series(const Node& node, const Result& first) {
  if (node.kind != Kind::sum || !first.is_exactly_real() || !is_geometric(node[0], node[1].text)) return unknown();
  bound_.push_back({node[1].text, first.real});
  const Result term = evaluate(node[0]);
  bound_.back().value = bound_.back().value + Rational(1);
  const Result next = evaluate(node[0]);
  bound_.pop_back();
  if (!term.is_exactly_real() || !next.is_exactly_real()) return unknown();
  if (term.real.is_zero()) return exact(0);
  const Rational ratio = next.real / term.real;
  if (!(ratio < Rational(1)) || !(-ratio < Rational(1))) return unknown();
  return exact(term.real / (Rational(1) - ratio));
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::series(const Node& node) {
  if (node.children.size() != 4 || node[1].kind != Kind::symbol) return unknown();
  const Result first = evaluate(node[2]), last = evaluate(node[3]);
  if (last.state == State::positive_infinity) return endless_series(node, first);
  if (!first.is_exactly_real() || !last.is_exactly_real() || !first.real.is_integer() || !last.real.is_integer())
    return unknown();
  const bool is_sum = node.kind == Kind::sum;
  const Integer count = last.real.numerator() - first.real.numerator() + 1;
  if (count.sign() < 0 || !count.is_small() || count.small() > terms_limit) return unknown();
  if (!a_.budget().spend(count.small() * (node[0].size / 2 + 1))) return unknown();
  bound_.push_back({node[1].text, first.real});
  Result total = exact(is_sum ? 0 : 1);
  for (int64_t i = 0; i < count.small() && total.state != State::unknown; ++i) {
    const Result term = evaluate(node[0]);
    total = is_sum ? add(total, term) : multiply(total, term);
    bound_.back().value = bound_.back().value + Rational(1);
  }
  bound_.pop_back();
  return total;
}

template <typename A>
typename Evaluator<A>::Result Evaluator<A>::evaluate(const Node& node) {
  struct Level {
    int& depth;
    ~Level() { --depth; }
  } level{++depth_};
  if (depth_ > depth_limit || !a_.budget().spend(1)) return unknown();
  switch (node.kind) {
    case Kind::integer:
    case Kind::decimal:
    case Kind::repeating:
    case Kind::numeral:
      return number(node);
    case Kind::symbol:
      return symbol(node.text);
    case Kind::constant:
      return constant(node.text);
    case Kind::negate:
      return negate(evaluate(node[0]));
    case Kind::add: {
      Result sum = evaluate(node[0]);
      for (size_t i = 1; i < node.children.size(); ++i) sum = add(sum, evaluate(node[i]));
      return sum;
    }
    case Kind::multiply: {
      Result product = evaluate(node[0]);
      for (size_t i = 1; i < node.children.size(); ++i) product = multiply(product, evaluate(node[i]));
      return product;
    }
    case Kind::divide:
      return divide(evaluate(node[0]), evaluate(node[1]));
    case Kind::power:
      return power(node);
    case Kind::root: {
      const Result index = evaluate(node[1]);
      if (index.is_exactly_zero()) return undefined();
      return raise(evaluate(node[0]), divide(exact(1), index));
    }
    case Kind::factorial:
      return factorial(evaluate(node[0]));
    case Kind::absolute:
      return node[0].kind == Kind::matrix ? determinant(node[0]) : absolute(evaluate(node[0]));
    case Kind::plus_minus:
    case Kind::minus_plus: {
      Result value = evaluate(node[0]);
      const bool is_negative = (node.kind == Kind::plus_minus) != (options_.chosen_sign > 0);
      return is_negative ? negate(std::move(value)) : value;
    }
    case Kind::mixed:
      return add(evaluate(node[0]), divide(evaluate(node[1]), evaluate(node[2])));
    case Kind::percent:
      return divide(evaluate(node[0]), exact(100));
    case Kind::degrees:
      return multiply(evaluate(node[0]), real(a_.divide(a_.pi(), a_.integer(180))));
    case Kind::quantity:
      // A unit is a positive number like no other.
      return multiply(evaluate(node[0]), exact(Rational(Integer(static_cast<int64_t>(hash(node.text) >> 24) | 1),
                                                        Integer(int64_t{1} << 38))));
    case Kind::function:
      return function(node);
    case Kind::sum:
    case Kind::product:
      return series(node);
    case Kind::bracketed:
      return node.children.size() == 1 ? evaluate(node[0]) : unknown();
    case Kind::either:
      return node.children.empty() ? unknown() : evaluate(node[0]);
    default:
      return unknown();
  }
}

template class Evaluator<IntervalArithmetic>;
template class Evaluator<BallArithmetic>;

}  // namespace cohort::rewards::math
