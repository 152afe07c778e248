// By Calcium (F. Johansson, Calcium: computing in exact real and complex fields, arXiv:2011.01728), which is part of
// FLINT 3 and a library of its own beside FLINT 2.
#include "rewards/math/exact_algebra.hpp"

#include COHORT_CALCIUM_HEADER

#include <algorithm>
#include <cstdlib>
#include <string>

#include "rewards/math/functions.hpp"
#include "rewards/math/separation.hpp"

namespace cohort::rewards::math {
namespace {

// What bounds the time, as nothing stops Calcium on its way. Measured over random trees: tests/rewards/math_exact_test.
constexpr uint32_t max_nodes = 60;      // of both trees
constexpr int max_generators = 8;       // roots, logarithms, exponentials and the like
constexpr int64_t max_index = 8;        // of a root
constexpr int64_t max_degree = 16;      // of all roots and angles together, as algebraic numbers
constexpr int64_t max_exponent = 12;    // of a power
constexpr int64_t max_bits = 64;        // of a rational number
constexpr int64_t cost = 20'000;        // in units of the budget: 1 ms
constexpr slong degree_limit = 16;      // of what is handled as one algebraic number
constexpr slong precision_limit = 512;  // in bits, of numerical evaluation
constexpr slong terms_limit = 30;       // of a Gröbner basis

class Field {
 public:
  Field() {
    ca_ctx_init(context_);
    context_->options[CA_OPT_QQBAR_DEG_LIMIT] = degree_limit;
    context_->options[CA_OPT_PREC_LIMIT] = precision_limit;
    context_->options[CA_OPT_POW_LIMIT] = max_exponent;
    context_->options[CA_OPT_GROEBNER_LENGTH_LIMIT] = terms_limit;
    context_->options[CA_OPT_GROEBNER_POLY_LENGTH_LIMIT] = terms_limit;
    context_->options[CA_OPT_GROEBNER_POLY_BITS_LIMIT] = precision_limit;
  }
  ~Field() { ca_ctx_clear(context_); }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;
  ca_ctx_struct* get() { return context_; }

 private:
  ca_ctx_t context_;
};

class Number {
 public:
  explicit Number(ca_ctx_struct* field) : field_(field) { ca_init(value_, field); }
  ~Number() { ca_clear(value_, field_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  ca_struct* get() { return value_; }

 private:
  ca_ctx_struct* field_;
  ca_t value_;
};

class Reader {
 public:
  Reader(ca_ctx_struct* field, const EvaluateOptions& options, Budget& budget)
      : field_(field), options_(options), budget_(budget) {}

  /// Sets `result` to the number that a tree is; false where it is none, or not a small one.
  bool read(ca_struct* result, const Node& node) {
    if (const auto rational = rational_value(node, budget_, max_bits)) return set(result, *rational);
    switch (node.kind) {
      case Kind::constant:
        return constant(result, node.text);
      case Kind::negate:
        if (!read(result, node[0])) return false;
        ca_neg(result, result, field_);
        return true;
      case Kind::add:
        return fold(result, node, ca_add);
      case Kind::multiply:
        return fold(result, node, ca_mul);
      case Kind::divide:
        return fold(result, node, ca_div) && is_number(result);
      case Kind::percent:
        if (!read(result, node[0])) return false;
        ca_div_si(result, result, 100, field_);
        return true;
      case Kind::degrees: {
        Number half_turn(field_);
        ca_pi(half_turn.get(), field_);
        if (!generate() || !read(result, node[0])) return false;
        ca_mul(result, result, half_turn.get(), field_);
        ca_div_si(result, result, 180, field_);
        return true;
      }
      case Kind::root: {
        const auto index = rational_value(node[1], budget_, max_bits);
        return index && !index->is_zero() && read(result, node[0]) && raise(result, index->inverse());
      }
      case Kind::power:
        return power(result, node);
      case Kind::absolute:
        return read(result, node[0]) && apply(result, ca_abs);
      case Kind::plus_minus:
      case Kind::minus_plus:
        if (!read(result, node[0])) return false;
        if ((node.kind == Kind::plus_minus) != (options_.chosen_sign > 0)) ca_neg(result, result, field_);
        return true;
      case Kind::function:
        return function(result, node);
      case Kind::bracketed:
        return node.children.size() == 1 && read(result, node[0]);
      default:
        return false;
    }
  }

 private:
  bool is_number(ca_struct* value) { return ca_check_is_number(value, field_) == T_TRUE; }
  bool generate() { return ++num_generators_ <= max_generators; }
  bool extend(int64_t degree) { return (degree_ *= degree) <= max_degree; }

  bool set(ca_struct* result, const Rational& value) {
    fmpq_t fraction;
    fmpq_init(fraction);
    fmpz_set_str(fmpq_numref(fraction), value.numerator().to_string().c_str(), 10);
    fmpz_set_str(fmpq_denref(fraction), value.denominator().to_string().c_str(), 10);
    fmpq_canonicalise(fraction);
    ca_set_fmpq(result, fraction, field_);
    fmpq_clear(fraction);
    return true;
  }

  bool constant(ca_struct* result, std::string_view name) {
    if (!generate()) return false;
    if (name == "pi") return ca_pi(result, field_), true;
    if (name == "i") return ca_i(result, field_), true;
    if (name != "e") return false;
    ca_one(result, field_);
    ca_exp(result, result, field_);
    return true;
  }

  using Operation = void (*)(ca_struct*, const ca_struct*, const ca_struct*, ca_ctx_struct*);
  bool fold(ca_struct* result, const Node& node, Operation operation) {
    if (!read(result, node[0])) return false;
    for (size_t i = 1; i < node.children.size(); ++i) {
      Number next(field_);
      if (!read(next.get(), node[i])) return false;
      operation(result, result, next.get(), field_);
    }
    return true;
  }

  using Map = void (*)(ca_struct*, const ca_struct*, ca_ctx_struct*);
  bool apply(ca_struct* value, Map map) {
    if (!generate()) return false;
    map(value, value, field_);
    return is_number(value);
  }

  bool power(ca_struct* result, const Node& node) {
    if (const auto exponent = rational_value(node[1], budget_, max_bits))
      return read(result, node[0]) && raise(result, *exponent);
    Number exponent(field_);
    if (!read(exponent.get(), node[1])) return false;
    if (node[0].kind == Kind::constant && node[0].text == "e") {
      ca_set(result, exponent.get(), field_);
      return apply(result, ca_exp);
    }
    if (!generate() || !read(result, node[0])) return false;
    ca_pow(result, result, exponent.get(), field_);
    return is_number(result);
  }

  bool raise(ca_struct* base, const Rational& exponent) {
    if (!exponent.is_small() || std::abs(exponent.numerator().small()) > max_exponent) return false;
    const int64_t index = exponent.denominator().small();
    if (index > max_index || (index > 1 && !generate()) || !extend(index)) return false;
    // The cube root of −8 is −2 unless complex numbers are about.
    const bool is_odd_root = index % 2 == 1 && index > 1 && !options_.is_complex;
    bool is_negative = false;
    if (is_odd_root) {
      if (ca_check_is_real(base, field_) != T_TRUE) return false;
      const truth_t sign = ca_check_is_negative_real(base, field_);
      if (sign == T_UNKNOWN) return false;
      is_negative = sign == T_TRUE;
      if (is_negative) ca_neg(base, base, field_);
    }
    Number up(field_);
    set(up.get(), exponent);
    ca_pow(base, base, up.get(), field_);
    if (is_negative && exponent.numerator().is_odd()) ca_neg(base, base, field_);
    return is_number(base);
  }

  static Map map_of(Function function) {
    switch (function) {
      case Function::sqrt:
        return ca_sqrt;
      case Function::exp:
        return ca_exp;
      case Function::ln:
        return ca_log;
      case Function::abs:
        return ca_abs;
      case Function::arctan:
        return ca_atan;
      case Function::arcsin:
        return ca_asin;
      case Function::arccos:
        return ca_acos;
      case Function::conjugate:
        return ca_conj;
      case Function::re:
        return ca_re;
      case Function::im:
        return ca_im;
      default:
        return nullptr;
    }
  }

  bool divide_by_log(ca_struct* value, Number& base) {
    if (!apply(base.get(), ca_log)) return false;
    ca_div(value, value, base.get(), field_);
    return is_number(value);
  }

  bool function(ca_struct* result, const Node& node) {
    const Function name = function_of(node.text);
    const size_t count = node.children.size();
    if (count == 0 || count > (name == Function::log ? 2u : 1u) || !read(result, node[0])) return false;
    if (const Map map = map_of(name)) {
      // Beyond [−1, 1] they have no real value, which is "undefined" elsewhere.
      const bool is_inverse = name == Function::arcsin || name == Function::arccos || name == Function::arctan;
      if (is_inverse && ca_check_is_real(result, field_) != T_TRUE) return false;
      return apply(result, map) && (!is_inverse || ca_check_is_real(result, field_) == T_TRUE);
    }
    switch (name) {
      case Function::cbrt:
        return raise(result, Rational(1, 3));
      case Function::lg:
      case Function::log: {
        if (!apply(result, ca_log)) return false;
        if (name == Function::log && count == 1 && !options_.log_is_decimal) return true;
        Number base(field_);
        ca_set_ui(base.get(), 10, field_);
        return (count == 1 || read(base.get(), node[1])) && divide_by_log(result, base);
      }
      case Function::sin:
      case Function::cos:
      case Function::tan:
      case Function::cot:
      case Function::sec:
      case Function::csc: {
        const auto half_turns = multiple_of_pi(node[0], budget_);
        if (half_turns && (!half_turns->is_small() || !extend((half_turns->denominator().small() + 1) / 2)))
          return false;
        if (!generate()) return false;
        Number sine(field_), cosine(field_);
        ca_sin_cos(sine.get(), cosine.get(), result, field_);
        return ratio(result, name, sine, cosine);
      }
      default:
        return false;
    }
  }

  bool ratio(ca_struct* result, Function name, Number& sine, Number& cosine) {
    Number one(field_);
    ca_one(one.get(), field_);
    Number& above = name == Function::sin || name == Function::tan   ? sine
                    : name == Function::cos || name == Function::cot ? cosine
                                                                     : one;
    Number& below = name == Function::tan || name == Function::sec   ? cosine
                    : name == Function::cot || name == Function::csc ? sine
                                                                     : one;
    ca_div(result, above.get(), below.get(), field_);
    return is_number(result);
  }

  ca_ctx_struct* field_;
  const EvaluateOptions& options_;
  Budget& budget_;
  int num_generators_ = 0;
  int64_t degree_ = 1;
};

}  // namespace

std::optional<bool> are_same_number(const Node& left, const Node& right, const EvaluateOptions& options,
                                    Budget& budget) {
  if (left.size + right.size > max_nodes || !budget.spend(cost)) return std::nullopt;
  Field field;
  Reader reader(field.get(), options, budget);
  Number a(field.get()), b(field.get());
  if (!reader.read(a.get(), left) || !reader.read(b.get(), right)) return std::nullopt;
  const truth_t answer = ca_check_equal(a.get(), b.get(), field.get());
  return answer == T_UNKNOWN ? std::nullopt : std::optional(answer == T_TRUE);
}

bool has_exact_algebra() { return true; }

}  // namespace cohort::rewards::math
