// 1 + 2 + … + n as a sum over an index: what the written terms have in common, and where they differ by steps.
#include <algorithm>
#include <vector>

#include "rewards/math/calculus.hpp"
#include "rewards/math/same.hpp"
#include "rewards/math/separation.hpp"
#include "rewards/math/terms.hpp"

namespace cohort::rewards::math {
namespace {

constexpr std::string_view index_name = "\x03";  // no parsed symbol is called so
constexpr size_t max_written = 12;               // terms before the dots

class Elided {
 public:
  Elided(Arena& arena, const Node& node, Budget& budget)
      : t_(arena), node_(node), index_(t_.symbol(index_name)), budget_(budget) {}

  const Node* closed() {
    const auto& terms = node_.children;
    const auto is_dots = [](const Node* term) { return term->kind == Kind::ellipsis; };
    const auto dots = std::ranges::find_if(terms, is_dots);
    const auto written = static_cast<size_t>(dots - terms.begin());
    if (dots == terms.end() || written < 2 || written > max_written) return nullptr;
    const bool is_endless = dots + 1 == terms.end();
    const auto behind = static_cast<size_t>(terms.end() - dots) - 1;
    if (const Node* result = descending(written, behind)) return result;
    if (behind > 2 || std::any_of(dots + 1, terms.end(), is_dots)) return nullptr;
    const Node& before = *terms[written - 2];
    const Node& start = *terms[written - 1];  // index 0
    const Node* last = is_endless ? nullptr : terms.back();
    if (behind == 2) {  // (n − 1) + n
      if (!generalised(before, start, *dots[1]) || !end_) return nullptr;
      const Node& next = t_.plus(*end_, t_.number(1));
      end_ = nullptr;
      if (!generalised(before, start, *last) || !end_ || !is_same_end(next, *end_)) return nullptr;
      end_ = nullptr;
    }
    // 1/2 + 1/4 + … + 1/2ⁿ, whose last term says that 2, 4 goes on with 8, not 6
    const bool may_double = last && behind == 1 && written == 2 && node_.kind == Kind::add;
    if (const Node* result = may_double ? geometric(terms.first(written), last) : nullptr) return result;
    if (const Node* result = last ? by_steps(terms.first(written), before, start, *last) : nullptr) return result;
    return node_.kind == Kind::add ? geometric(terms.first(written), last) : nullptr;
  }

 private:
  const Node* by_steps(std::span<const Node* const> written, const Node& before, const Node& start, const Node& last) {
    const Node* general = generalised(before, start, last);
    if (!general || !end_) return nullptr;
    // The terms before those two must be of the same form.
    for (size_t i = 0; i + 2 < written.size(); ++i) {
      const auto steps = static_cast<int64_t>(written.size() - 1 - i);
      if (!is_same_value(*written[i], at(*general, -steps))) return nullptr;
    }
    const Node& first = t_.number(1 - static_cast<int64_t>(written.size()));
    if (node_.kind == Kind::add && is_line_) {
      const Node& count = t_.minus(t_.plus(*end_, t_.number(1)), first);
      return &t_.over(t_.times(count, t_.plus(*written[0], last)), t_.number(2));
    }
    const Kind kind = node_.kind == Kind::add ? Kind::sum : Kind::product;
    return &make_node(t_.arena(), kind, {general, &index_, &first, end_});
  }

  const Node& at(const Node& general, int64_t place) {
    return substitute(t_.arena(), general, index_name, t_.number(place));
  }

  bool is_same_value(const Node& a, const Node& b) {
    if (same_tree(a, b)) return true;
    const auto left = rational_value(a, budget_), right = rational_value(b, budget_);
    if (left && right) return *left == *right;
    // 1 and x of 1, x, x², …
    const auto exponent = b.kind == Kind::power ? rational_value(b[1], budget_) : std::nullopt;
    if (!exponent) return false;
    return exponent->is_zero() ? left && left->is_one() : exponent->is_one() && same_tree(a, b[0]);
  }

  /// The form of which `a`, `b` and `last` are the terms at −1, 0 and `end_`; null where there is none.
  const Node* generalised(const Node& a, const Node& b, const Node& last) {
    if (!budget_.spend(2)) return nullptr;
    if (same_tree(a, b) && same_tree(b, last)) return &b;
    const auto from = rational_value(a, budget_), to = rational_value(b, budget_);
    const bool is_plain = from && to && from->is_integer() && to->is_integer() && b.kind == Kind::integer;
    if (is_plain) {
      const Rational step = *to - *from;
      if (step.is_zero() || !step.is_small()) return nullptr;
      const Node& width = t_.number(step.numerator().small());
      const Node& end = t_.over(t_.minus(last, b), width);
      if (end_ && !is_same_end(*end_, end)) return nullptr;
      if (const auto value = rational_value(end, budget_); value && (!value->is_integer() || value->sign() <= 0))
        return nullptr;
      end_ = &end;
      is_line_ = &b == start_of(node_);
      return &t_.plus(b, t_.times(width, index_));
    }
    const bool is_alike = a.kind == b.kind && b.kind == last.kind && a.text == b.text && b.text == last.text &&
                          a.children.size() == b.children.size() && b.children.size() == last.children.size();
    if (!is_alike) {
      // x, x², …, xⁿ and x², x³, …, xⁿ
      const Node& one = t_.number(1);
      const bool has_power = last.kind == Kind::power;
      if (!has_power || (a.kind == Kind::power && b.kind == Kind::power)) return nullptr;
      if (a.kind != Kind::power && !same_tree(a, last[0])) return nullptr;
      const Node& raised = a.kind == Kind::power ? a : make_node(t_.arena(), Kind::power, {&a, &one});
      return b.kind == Kind::power ? generalised(raised, b, last) : nullptr;
    }
    if (b.children.empty()) return nullptr;
    Nodes children;
    for (size_t i = 0; i < b.children.size(); ++i) {
      const Node* child = generalised(a[i], b[i], last[i]);
      if (!child) return nullptr;
      children.push_back(child);
    }
    return &with_children(t_.arena(), b, children);
  }

  static const Node* start_of(const Node& node) {
    const auto dots = std::ranges::find_if(node.children, [](const Node* n) { return n->kind == Kind::ellipsis; });
    return dots[-1];
  }

  /// Two lines in the same symbol are one where they agree at two points.
  bool is_same_end(const Node& a, const Node& b) {
    const auto names = free_symbols(a);
    if (names != free_symbols(b) || names.size() > 1) return false;
    for (const int64_t value : {7, 19}) {
      const Node* left = &a;
      const Node* right = &b;
      for (const std::string_view name : names) {
        left = &substitute(t_.arena(), *left, name, t_.number(value));
        right = &substitute(t_.arena(), *right, name, t_.number(value));
      }
      const auto x = rational_value(*left, budget_), y = rational_value(*right, budget_);
      if (!x || !y || !(*x == *y)) return false;
    }
    return true;
  }

  /// Whether `last`, of one symbol, is a power of the ratio times the first term, whatever whole number it stands for.
  bool goes_on(const Node& last, const Rational& ratio, const Rational& first) {
    constexpr int64_t place = 7, most_steps = 12;
    const auto names = free_symbols(last);
    if (names.size() != 1) return false;
    const auto here = rational_value(substitute(t_.arena(), last, names[0], t_.number(place)), budget_);
    const auto next = rational_value(substitute(t_.arena(), last, names[0], t_.number(place + 1)), budget_);
    if (!here || !next || !(*next == *here * ratio)) return false;
    Rational value = first;
    for (int64_t i = 0; i < most_steps; ++i, value = value * ratio)
      if (value == *here) return true;
    return false;
  }

  /// xⁿ + xⁿ⁻¹ + … + x + 1 is (xⁿ⁺¹ − 1)/(x − 1).
  const Node* descending(size_t written, size_t behind) {
    const auto& terms = node_.children;
    const Node &first = *terms[0], &last = *terms.back();
    const bool ends_in_one = last.kind == Kind::integer && last.text == "1";
    if (node_.kind != Kind::add || behind < 2 || behind > 3 || !ends_in_one || first.kind != Kind::power)
      return nullptr;
    const Node& base = first[0];
    const Node& one = t_.number(1);
    for (size_t i = 1; i < written; ++i) {
      const Node& term = *terms[i];
      if (term.kind != Kind::power || !same_tree(term[0], base)) return nullptr;
      if (!is_same_end((*terms[i - 1])[1], t_.plus(term[1], one))) return nullptr;
    }
    if (!same_tree(*terms[terms.size() - 2], base)) return nullptr;
    const Node& third = *terms[terms.size() - 3];
    if (behind == 3 && !(third.kind == Kind::power && same_tree(third[0], base) && third[1].text == "2"))
      return nullptr;
    return &t_.over(t_.minus(t_.power(base, t_.plus(first[1], one)), one), t_.minus(base, one));
  }

  /// 1 + 2 + 4 + … + 2ⁿ, and without end.
  const Node* geometric(std::span<const Node* const> written, const Node* last) {
    std::vector<Rational> values;
    for (const Node* term : written) {
      const auto value = rational_value(*term, budget_);
      if (!value || value->is_zero()) return nullptr;
      values.push_back(*value);
    }
    const Rational ratio = values[1] / values[0];
    for (size_t i = 2; i < values.size(); ++i)
      if (!(values[i] == values[i - 1] * ratio)) return nullptr;
    if (ratio == Rational(1) || !ratio.is_small()) return nullptr;
    if (written.size() < 3 && !(last && goes_on(*last, ratio, values[0]))) return nullptr;
    const Node& factor = t_.over(t_.number(ratio.numerator().small()), t_.number(ratio.denominator().small()));
    if (last) return &t_.over(t_.minus(t_.times(*last, factor), *written[0]), t_.minus(factor, t_.number(1)));
    if (!(ratio < Rational(1)) || !(-ratio < Rational(1))) return nullptr;
    return &t_.over(*written[0], t_.minus(t_.number(1), factor));
  }

  const Terms t_;
  const Node& node_;
  const Node& index_;
  Budget& budget_;
  const Node* end_ = nullptr;  // the index of the last term
  bool is_line_ = false;       // the terms are the steps themselves
};

}  // namespace

const Node* with_index(Arena& arena, const Node& elided, Budget& budget) {
  const bool is_fine = elided.kind == Kind::add || elided.kind == Kind::multiply;
  return is_fine ? Elided(arena, elided, budget).closed() : nullptr;
}

}  // namespace cohort::rewards::math
