// Series without end that add up to what the shape of their terms says: q^n/n!, q^n/(2n)!, 1/n^k, q^n/n, n·q^n, and
// fractions that telescope. Nothing is added up in decimals.
#include <algorithm>
#include <array>
#include <vector>

#include "rewards/math/algebra.hpp"
#include "rewards/math/calculus.hpp"
#include "rewards/math/separation.hpp"
#include "rewards/math/terms.hpp"

namespace cohort::rewards::math {
namespace {

constexpr uint32_t largest_body = 40;
constexpr int64_t most_terms = 40;  // that are taken off at the front
constexpr int64_t most_copies = 12;

std::optional<int64_t> small_integer(const std::optional<Rational>& value, int64_t most = most_terms) {
  if (!value || !value->is_integer() || !value->is_small()) return {};
  const int64_t number = value->numerator().small();
  return number >= -most && number <= most ? std::optional(number) : std::nullopt;
}

class Series {
 public:
  Series(Arena& arena, const Node& sum, Budget& budget)
      : t_(arena), body_(sum[0]), name_(sum[1].text), budget_(budget) {}

  const Node* value(const Node& from) {
    const auto start = small_integer(rational_value(from, budget_));
    if (!start || *start < 0 || body_.size > largest_body || !collect(body_, 1)) return nullptr;
    start_ = *start;
    const Node* series = factorial_.scale > 0 ? by_factorial() : by_ratio();
    return series ? &t_.times(t_.over(*above_, *below_), *series) : nullptr;
  }

 private:
  struct Line {  // scale·n + shift
    int64_t scale = 0, shift = 0;
  };
  struct Power {
    const Node* base;
    Line exponent;
  };

  std::optional<Line> line(const Node& node) {
    const auto polynomial = as_polynomial(node, name_, t_.arena(), budget_);
    if (!polynomial || (*polynomial)[2]) return {};
    const auto coefficient = [&](size_t i) {
      const Node* part = (*polynomial)[i];
      return part ? small_integer(rational_value(*part, budget_)) : std::optional<int64_t>(0);
    };
    const auto scale = coefficient(1), shift = coefficient(0);
    return scale && shift ? std::optional(Line{*scale, *shift}) : std::nullopt;
  }

  void add_power(const Node& base, Line exponent) {
    if (base.kind == Kind::bracketed && base.children.size() == 1) return add_power(base[0], exponent);
    if (base.kind == Kind::negate) {
      powers_.push_back({&t_.number(-1), exponent});
      return add_power(base[0], exponent);
    }
    const auto inner = base.kind == Kind::power ? small_integer(rational_value(base[1], budget_), 8) : std::nullopt;
    if (inner && *inner > 0) return add_power(base[0], {exponent.scale * *inner, exponent.shift * *inner});
    powers_.push_back({&base, exponent});
  }

  /// The factors of a term: what is free of n, powers with n above, one factorial below, and polynomials in n.
  bool collect(const Node& node, int side) {
    if (!budget_.spend(node.size) || polynomials_above_.size() + polynomials_below_.size() > most_copies) return false;
    if (!has_free_symbol(node, name_)) {
      const Node*& part = side > 0 ? above_ : below_;
      part = &t_.times(*part, node);
      return true;
    }
    const auto all = [&](int sign) {
      return std::ranges::all_of(node.children, [&](const Node* child) { return collect(*child, sign); });
    };
    switch (node.kind) {
      case Kind::negate:
        above_ = &t_.minus(*above_);
        return collect(node[0], side);
      case Kind::multiply:
        return all(side);
      case Kind::divide:
        return collect(node[0], side) && collect(node[1], -side);
      case Kind::power: {
        if (!has_free_symbol(node[0], name_)) {
          const auto exponent = line(node[1]);
          if (exponent) add_power(node[0], {side * exponent->scale, side * exponent->shift});
          return exponent.has_value();
        }
        const auto copies = has_free_symbol(node[1], name_)
                                ? std::nullopt
                                : small_integer(rational_value(node[1], budget_), most_copies);
        for (int64_t i = 0; copies && i < std::abs(*copies); ++i)
          if (!collect(node[0], *copies < 0 ? -side : side)) return false;
        return copies.has_value();
      }
      case Kind::function: {
        const auto exponent = node.text == "exp" && node.children.size() == 1 ? line(node[0]) : std::nullopt;
        if (exponent)
          add_power(make_node(t_.arena(), Kind::constant, {}, "e"), {side * exponent->scale, side * exponent->shift});
        return exponent.has_value();
      }
      case Kind::factorial: {
        const auto argument = line(node[0]);
        if (!argument || side > 0 || factorial_.scale > 0 || argument->scale < 1 || argument->scale > 2) return false;
        factorial_ = *argument;
        return true;
      }
      default:
        (side > 0 ? polynomials_above_ : polynomials_below_).push_back(&node);
        return true;
    }
  }

  const Node& rational(const Rational& value) const {
    const auto digits = [&](const Integer& number) -> const Node& {
      return make_node(t_.arena(), Kind::integer, {}, t_.arena().copy(abs(number).to_string()));
    };
    const Node& size = t_.over(digits(value.numerator()), digits(value.denominator()));
    return value.sign() < 0 ? t_.minus(size) : size;
  }
  const Node& pi() const { return make_node(t_.arena(), Kind::constant, {}, "pi"); }

  const Node& raised(const Node& base, int64_t exponent) const {
    return exponent < 0 ? t_.over(t_.number(1), t_.power(base, t_.number(-exponent)))
                        : t_.power(base, t_.number(exponent));
  }

  /// q^n/n!, q^n/(2n)! and q^n/(2n+1)!, where n may be shifted: parts of e^q, cos, cosh, sin t/t and sinh t/t.
  const Node* by_factorial() {
    if (!polynomials_above_.empty() || !polynomials_below_.empty()) return nullptr;
    const int64_t scale = factorial_.scale;
    const int64_t parity = scale == 2 ? ((factorial_.shift % 2) + 2) % 2 : 0;
    const int64_t shift = (factorial_.shift - parity) / scale, first = start_ + shift;
    if (first < 0 || first > most_terms / 2) return nullptr;
    const Node *ratio = &t_.number(1), *root = ratio, *before = ratio;
    bool is_negative = false;
    for (const Power& power : powers_) {
      const int64_t step = power.exponent.scale;
      before = &t_.times(*before, raised(*power.base, power.exponent.shift - step * shift));
      ratio = &t_.times(*ratio, raised(*power.base, step));
      const auto base = rational_value(*power.base, budget_);
      if (scale == 1) continue;
      if (base && *base == Rational(-1)) {
        is_negative = is_negative != (step % 2 != 0);
      } else if (step % 2 == 0) {
        root = &t_.times(*root, raised(*power.base, step / 2));
      } else if (base && base->sign() > 0) {
        root = &t_.times(*root, raised(t_.square_root(*power.base), step));
      } else {
        return nullptr;
      }
    }
    const Node* all;
    if (scale == 1)
      all = &t_.power(make_node(t_.arena(), Kind::constant, {}, "e"), *ratio);
    else if (parity == 0)
      all = &t_.call(is_negative ? "cos" : "cosh", *root);
    else
      all = &t_.over(t_.call(is_negative ? "sin" : "sinh", *root), *root);
    Rational factorial = 1;
    for (int64_t n = 0; n < first; ++n) {
      for (int64_t k = std::max<int64_t>(scale * (n - 1) + parity, 0) + 1; k <= scale * n + parity; ++k)
        factorial = factorial * Rational(k);
      all = &t_.minus(*all, t_.over(raised(*ratio, n), rational(factorial)));
    }
    return &t_.times(*before, *all);
  }

  std::optional<Rational> ratio() {
    Rational result = 1;
    for (const Power& power : powers_) {
      const auto base = rational_value(*power.base, budget_);
      if (!base || base->is_zero() || base->bits() > 64) return {};
      result = result * math::power(*base, power.exponent.scale);
    }
    return result;
  }

  const Node& product_of(const Nodes& factors) const {
    const Node* result = &t_.number(1);
    for (const Node* factor : factors) result = &t_.times(*result, *factor);
    return *result;
  }

  /// q^n times a fraction of polynomials whose denominator has rational zeros.
  const Node* by_ratio() {
    const auto q = ratio();
    if (!q || *q > Rational(1) || *q < Rational(-1)) return nullptr;
    const Node* before = &t_.number(1);
    for (const Power& power : powers_) before = &t_.times(*before, raised(*power.base, power.exponent.shift));
    const Node* series = nullptr;
    if (polynomials_below_.empty()) {
      series = polynomials_above_.empty() || *q == Rational(1) || *q == Rational(-1) ? nullptr : with_polynomial(*q);
    } else if (read_zeros()) {
      const bool is_of_one = std::ranges::all_of(zeros_, [&](const Rational& zero) { return zero == zeros_[0]; });
      if (q->is_one() && (zeros_.size() == 1 || !is_of_one))
        series = telescoped();
      else if (polynomials_above_.empty() && is_of_one)
        series = q->is_one() ? zeta() : zeros_.size() == 1 ? logarithm(*q) : *q == Rational(-1) ? eta() : nullptr;
    }
    return series ? &t_.times(*before, *series) : nullptr;
  }

  /// The zeros of the denominator, none of which n meets, and its leading coefficient.
  bool read_zeros() {
    const auto factors = rational_factors(product_of(polynomials_below_), name_, t_.arena(), budget_);
    if (!factors || !factors->rest) return false;
    for (const Node* zero : factors->zeros) {
      const auto value = rational_value(*zero, budget_);
      if (!value) return false;
      zeros_.push_back(*value);
    }
    const Polynomial& rest = *factors->rest;
    const auto coefficient = [&](size_t i) { return rest[i] ? rational_value(*rest[i], budget_) : Rational(0); };
    const auto a = coefficient(2), b = coefficient(1), c = coefficient(0);
    if (!a || !b || !c) return false;
    if (!a->is_zero()) {
      const Rational discriminant = *b * *b - Rational(4) * *a * *c;
      if (discriminant.sign() < 0) return false;
      Integer above, below;
      if (!exact_root(discriminant.numerator(), 2, above) || !exact_root(discriminant.denominator(), 2, below))
        return false;
      const Rational root(above, below), twice = Rational(2) * *a;
      zeros_.push_back((-*b + root) / twice);
      zeros_.push_back((-*b - root) / twice);
      lead_ = *a;
    } else if (!b->is_zero()) {
      zeros_.push_back(-*c / *b);
      lead_ = *b;
    } else {
      lead_ = *c;
    }
    return !zeros_.empty() && !lead_.is_zero() && std::ranges::all_of(zeros_, [&](const Rational& zero) {
      const bool is_met = zero.is_integer() && !(zero < Rational(start_));
      return !is_met && zero < Rational(most_terms) && Rational(-most_terms) < zero;
    });
  }

  /// Σ N(n)/D(n) with simple zeros of D: partial fractions 1/(n − z), which cancel but for the first terms.
  const Node* telescoped() {
    const Node& above = product_of(polynomials_above_);
    const auto polynomial = as_polynomial(above, name_, t_.arena(), budget_);
    if (!polynomial) return nullptr;
    const size_t degree = (*polynomial)[2] ? 2 : (*polynomial)[1] ? 1 : 0;
    if (degree + 2 > zeros_.size()) return nullptr;
    std::ranges::sort(zeros_, [](const Rational& a, const Rational& b) { return b < a; });
    std::vector<Rational> residues;
    for (size_t i = 0; i < zeros_.size(); ++i) {
      Rational slope = lead_;
      for (size_t j = 0; j < zeros_.size(); ++j)
        if (j != i) slope = slope * (zeros_[i] - zeros_[j]);
      const auto height = rational_value(substitute(t_.arena(), above, name_, rational(zeros_[i])), budget_);
      if (slope.is_zero() || !height) return nullptr;
      residues.push_back(*height / slope);
    }
    // Of zeros that are whole numbers apart, each is led back to the largest one.
    Rational sum = 0;
    std::vector<bool> is_done(zeros_.size());
    for (size_t i = 0; i < zeros_.size(); ++i) {
      Rational rest = 0;
      for (size_t j = i; j < zeros_.size() && !is_done[i]; ++j) {
        const auto apart = small_integer(zeros_[i] - zeros_[j], 2 * most_terms);
        if (is_done[j] || !apart) continue;
        is_done[j] = j != i;
        rest = rest + residues[j];
        for (int64_t k = 0; k < *apart; ++k) sum = sum - residues[j] / (Rational(start_) - zeros_[i] + Rational(k));
      }
      if (!rest.is_zero()) return nullptr;
    }
    return &rational(sum);
  }

  /// Where the sum of 1/(n − z)^k begins: at 1/m^k with every number, or at (2/m)^k with every odd one.
  struct Place {
    int64_t first = 0;
    bool is_odd = false;
  };
  std::optional<Place> place() const {
    const Rational first = Rational(start_) - zeros_[0];
    if (const auto whole = small_integer(first, 3 * most_terms)) return Place{*whole, false};
    const auto twice = small_integer(first * Rational(2), 3 * most_terms);
    return twice && *twice > 0 ? std::optional(Place{*twice, true}) : std::nullopt;
  }

  const Node& zeta_of(int64_t k) const {
    const Node* value = zeta_value(t_.arena(), t_.number(k));
    return value ? *value : make_node(t_.arena(), Kind::function, {&t_.number(k)}, "zeta");
  }

  const Node* zeta() const {
    const auto k = static_cast<int64_t>(zeros_.size());
    const auto from = place();
    if (!from || from->first < 1) return nullptr;
    Rational before = 0;
    for (int64_t m = 1; m < from->first; ++m)
      if (!from->is_odd || m % 2 == 1) before = before + power(Rational(m), -k);
    const Rational share = from->is_odd ? Rational(1) - power(Rational(2), -k) : Rational(1);
    const Rational scale = (from->is_odd ? power(Rational(2), k) : Rational(1)) / lead_;
    return &t_.times(rational(scale), t_.minus(t_.times(rational(share), zeta_of(k)), rational(before)));
  }

  /// Σ (−1)^n/(n − z)^k for a whole z.
  const Node* eta() const {
    const auto k = static_cast<int64_t>(zeros_.size());
    const auto from = place();
    if (!from || from->is_odd || from->first < 1) return nullptr;
    Rational before = 0;
    for (int64_t m = 1; m < from->first; ++m) before = before + Rational(m % 2 ? -1 : 1) * power(Rational(m), -k);
    const Rational share = power(Rational(2), 1 - k) - Rational(1);
    const bool is_turned = (start_ - from->first) % 2 != 0;
    return &t_.times(rational(Rational(is_turned ? -1 : 1) / lead_),
                     t_.minus(t_.times(rational(share), zeta_of(k)), rational(before)));
  }

  /// Σ q^n/(n − z) for a whole z, by −ln(1 − q); with q = −1 also for half ones, by π/4.
  const Node* logarithm(const Rational& q) const {
    const auto from = place();
    if (!from) return nullptr;
    if (from->is_odd) {
      if (!(q == Rational(-1))) return nullptr;
      const int64_t first = (from->first - 1) / 2;
      Rational before = 0;
      for (int64_t m = 0; m < first; ++m) before = before + Rational(m % 2 ? -1 : 1) / Rational(2 * m + 1);
      const bool is_turned = (start_ - first) % 2 != 0;
      return &t_.times(rational(Rational(is_turned ? -2 : 2) / lead_),
                       t_.minus(t_.over(pi(), t_.number(4)), rational(before)));
    }
    if (from->first < 1) return nullptr;
    Rational before = 0;
    for (int64_t m = 1; m < from->first; ++m) before = before + power(q, m) / Rational(m);
    const Node& all = t_.minus(t_.call("ln", rational(Rational(1) - q)));
    return &t_.times(rational(power(q, start_ - from->first) / lead_), t_.minus(all, rational(before)));
  }

  /// Σ N(n)·q^n for N of degree 2 at most and |q| < 1.
  const Node* with_polynomial(const Rational& q) {
    const Node& above = product_of(polynomials_above_);
    if (!as_polynomial(above, name_, t_.arena(), budget_)) return nullptr;
    std::array<Rational, 3> heights;  // N at the first three places
    for (size_t i = 0; i < heights.size(); ++i) {
      const Node& place = t_.number(start_ + static_cast<int64_t>(i));
      const auto height = rational_value(substitute(t_.arena(), above, name_, place), budget_);
      if (!height) return nullptr;
      heights[i] = *height;
    }
    const Rational half(Integer(1), Integer(2)), one = 1;
    const Rational c = heights[0], a = (heights[2] - heights[1] - heights[1] + c) * half, b = heights[1] - c - a;
    const Rational gap = one - q;
    const Rational sum = c / gap + b * q / (gap * gap) + a * q * (one + q) / (gap * gap * gap);
    return &rational(power(q, start_) * sum);
  }

  const Terms t_;
  const Node& body_;
  std::string_view name_;
  Budget& budget_;
  int64_t start_ = 0;
  const Node* above_ = &t_.number(1);  // what is free of n
  const Node* below_ = &t_.number(1);
  std::vector<Power> powers_;
  Line factorial_;
  Nodes polynomials_above_, polynomials_below_;
  std::vector<Rational> zeros_;
  Rational lead_ = 1;
};

}  // namespace

const Node* known_series(Arena& arena, const Node& sum, Budget& budget) {
  const bool is_endless = sum[3].kind == Kind::constant && sum[3].text == "infinity";
  return is_endless ? Series(arena, sum, budget).value(sum[2]) : nullptr;
}

const Node* zeta_value(Arena& arena, const Node& argument) {
  constexpr std::array<std::string_view, 6> denominators = {"6", "90", "945", "9450", "93555", "638512875"};
  const Terms t(arena);
  if (argument.kind != Kind::integer || argument.text.size() > 2) return nullptr;
  const Node& pi = make_node(arena, Kind::constant, {}, "pi");
  for (size_t i = 0; i < denominators.size(); ++i) {
    const Node& exponent = t.number(static_cast<int64_t>(2 * i + 2));
    if (argument.text != exponent.text) continue;
    const Node& above = t.power(pi, exponent);
    const Node& scaled = i + 1 == denominators.size() ? t.times(t.number(691), above) : above;
    return &t.over(scaled, make_node(arena, Kind::integer, {}, denominators[i]));
  }
  return nullptr;
}

}  // namespace cohort::rewards::math
