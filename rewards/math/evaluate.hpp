// The value of a tree at a point: exact as long as that is cheap, and from there on as intervals or balls.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rewards/math/ball.hpp"
#include "rewards/math/interval.hpp"
#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

struct Binding {
  std::string_view name;
  Rational value;
};

struct EvaluateOptions {
  std::span<const Binding> point;  // values of the symbols
  int64_t exact_bits = 256;        // larger fractions go on as intervals
  bool is_complex = false;      // roots of negative numbers are principal ones; otherwise the cube root of −8 is −2
  bool has_real_roots = false;  // even roots of negative numbers have no value at all
  bool log_is_decimal = false;  // a log without a base is to base 10; otherwise it is natural
  int chosen_sign = 1;          // what ± stands for
};

template <typename Real>
struct Value {
  enum class State : uint8_t {
    exact,              // real + imaginary·i
    inexact,            // x + y·i
    positive_infinity,  // also what has no sign
    negative_infinity,
    undefined,  // proved to have no value
    unknown,    // no statement: too large, near a pole or a branch, not a scalar, out of budget
  };
  State state = State::unknown;
  Rational real, imaginary;
  Real x, y;

  bool is_exact() const { return state == State::exact; }
  bool is_finite() const { return state <= State::inexact; }
  bool is_exactly_real() const { return is_exact() && imaginary.is_zero(); }
  bool is_exactly_zero() const { return is_exactly_real() && real.is_zero(); }
};

/// Evaluates trees in the arithmetic of `A`: IntervalArithmetic or BallArithmetic. Every value it gives holds the true
/// one.
template <typename A>
class Evaluator {
 public:
  using Real = typename A::Real;
  using Result = Value<Real>;
  using State = typename Result::State;

  Evaluator(A& arithmetic, const EvaluateOptions& options) : a_(arithmetic), options_(options) {}

  Result evaluate(const Node& node);
  Result add(const Result& left, const Result& right);
  Result multiply(const Result& left, const Result& right);
  Result divide(const Result& left, const Result& right);
  Result negate(Result value);
  /// Whether the two are proved to differ.
  bool differ(const Result& left, const Result& right);
  /// The same number as a pair of reals.
  Result inexact(const Result& value);
  /// Real, as far as can be told.
  bool is_real(const Result& value) {
    return value.is_exact() ? value.imaginary.is_zero() : a_.sign(value.y) == NumberSign::zero;
  }
  A& arithmetic() { return a_; }

 private:
  static constexpr int64_t terms_limit = 20'000;  // of one sum or product

  static Result of(State state) {
    Result result;
    result.state = state;
    return result;
  }
  static Result unknown() { return of(State::unknown); }
  static Result undefined() { return of(State::undefined); }
  Result exact(Rational real, Rational imaginary = 0);
  Result real(Real x) { return complex(std::move(x), a_.integer(0)); }
  Result complex(Real x, Real y);
  Result number(const Node& node);
  Result symbol(std::string_view name);
  Result constant(std::string_view name);
  Result power(const Node& node);
  Result raise(const Result& base, const Result& exponent);
  Result raise_to_integer(const Result& base, const Integer& exponent);
  Result raise_to_fraction(const Result& base, const Rational& exponent);
  Result absolute(const Result& value);
  Result factorial(const Result& value);
  Result function(const Node& node);
  Result call(int name, const Node& node, Result value);
  Result real_function(int name, const Real& x);
  Result integer_function(int name, const Node& node);
  Result opaque(const Node& node);
  Result indexed(const Node& node);
  Result series(const Node& node);
  Result endless_series(const Node& node, const Result& first);
  Result determinant(const Node& matrix);
  Result exp(const Result& value);
  Result log(const Result& value);
  Result square_root(const Result& value);
  Result argument(const Result& value);
  Result sine(const Result& value, bool is_cosine);
  Result floor(const Result& value);
  NumberSign sign(const Result& value);  // of a real

  A& a_;
  EvaluateOptions options_;
  std::vector<Binding> bound_;  // variables of sums
  int depth_ = 0;
};

extern template class Evaluator<IntervalArithmetic>;
extern template class Evaluator<BallArithmetic>;

}  // namespace cohort::rewards::math
