#include <algorithm>
#include <array>

#include "rewards/math/parser.hpp"

namespace cohort::rewards::math {

namespace {

std::string_view inverse_of(std::string_view name) {
  constexpr std::string_view inverses[][2] = {{"sin", "arcsin"},   {"cos", "arccos"},   {"tan", "arctan"},
                                              {"cot", "arccot"},   {"sec", "arcsec"},   {"csc", "arccsc"},
                                              {"sinh", "arcsinh"}, {"cosh", "arccosh"}, {"tanh", "arctanh"},
                                              {"coth", "arccoth"}, {"sech", "arcsech"}, {"csch", "arccsch"}};
  for (const auto& [plain, inverse] : inverses)
    if (name == plain) return inverse;
  return {};
}

// Of several values, or of things that are no number.
bool takes_several(std::string_view name) {
  constexpr std::string_view names[] = {"gcd",      "lcm",          "max", "min", "sup",
                                        "binomial", "permutations", "log", "pow", "mod"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_known_of_one(std::string_view name) {
  constexpr std::string_view names[] = {"sin", "cos",  "tan",       "cot",       "sec", "csc",  "ln",   "lg",
                                        "exp", "sign", "floor",     "ceil",      "abs", "sqrt", "cbrt", "re",
                                        "im",  "arg",  "conjugate", "factorial", "cis", "det",  "trace"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names) || name.starts_with("arc") ||
         name.ends_with("h");
}

// Of an integer of at most nine digits; −1 of anything else.
int64_t small_integer(const Node& node) {
  constexpr size_t longest = 9;
  int64_t value = 0;
  if (node.kind != Kind::integer || node.text.size() > longest) return -1;
  for (const char digit : node.text) value = 10 * value + (digit - '0');
  return value;
}

bool is_minus_one(const Node& node) {
  return node.kind == Kind::negate && node[0].kind == Kind::integer && node[0].text == "1";
}

}  // namespace

// sin x, sin^2 x, sin^{-1} x, log_2 8, log2(8), max(1, 2)
const Node* Parser::function() {
  const std::string_view name = at().text;
  ++position_;
  const std::string_view run = previous().run;
  if (run.size() == 3 && run[0] == 'n' && !is_open('(') && (name == "binomial" || name == "permutations"))
    return make(Kind::function, {leaf(Kind::symbol, "n"), leaf(Kind::symbol, run.substr(2))}, name);
  if (name == "angle" || name == "triangle") {  // ∠ABC, ∠1
    std::string label(name);
    for (bool is_first = true; is(Sign::letter) || (is_first && is(Sign::number)); is_first = false) {
      if (is_first) label += ' ';
      label += at().text;
      ++position_;
    }
    return leaf(Kind::symbol, arena_.copy(label));
  }
  const Node* index = nullptr;
  const Node* raised = nullptr;
  const bool has_digits = (name == "log" || name == "atan") && is(Sign::number) && !at().is_spaced && is_open('(', 1);
  if (has_digits && name == "log") index = number_node(tokens_[position_++]);
  for (;;) {
    if (is(Sign::underscore) && !index) {
      ++position_;
      if (is(Sign::number) && at().text.size() > 1 && !is_open('(', 1) && !at(1).is_spaced && !is_open('{', 1)) {
        index = argument();  // \log_28 is log_2 8
      } else {
        index = is(Sign::number) ? number_node(tokens_[position_++]) : argument();
      }
      if (!index) return nullptr;
    } else if (is(Sign::caret) && !raised) {
      ++position_;
      raised = is(Sign::number) && at().text.size() > 1 && !is_open('(', 1) && !at(1).is_spaced ? argument()
               : is_open('{') || is(Sign::minus)                                                ? exponent()
                                                                                                : argument();
      if (!raised) return nullptr;
    } else {
      break;
    }
  }
  const bool is_inverse = raised && is_minus_one(*raised) && !inverse_of(name).empty();
  const Node* value = call(is_inverse ? inverse_of(name) : name, index);
  return value && raised && !is_inverse ? make(Kind::power, {value, raised}) : value;
}

// The name has been read, and its index; here come the arguments.
const Node* Parser::call(std::string_view name, const Node* index) {
  // \log{\left(x \right)}^{2}, as sympy prints it, is \log(x)^2: nothing else stands in the braces.
  const bool is_wrapped =
      is_open('{') && is(Sign::open, 1) && at(1).shape == '(' && partner(position_ + 1) + 1 == partner(position_);
  if (is_wrapped) {
    ++position_;
    const Node* value = call(name, index);
    if (value) ++position_;
    return value;
  }
  const bool is_bracket = is(Sign::open) && (at().shape == '(' || at().shape == '[' || at().shape == 's');
  if (!is_bracket) {
    const Node* argument = bare_argument();
    return argument ? function_of(name, {&argument, 1}, index) : nullptr;
  }
  const size_t close = partner(position_);
  const Node* inside;
  {
    const Enter enter(*this, close);
    ++position_;
    inside = statement();
    if (inside && !at_end()) return fail("stray text in arguments");
  }
  if (!inside) return nullptr;
  leave(close);
  if (inside->kind == Kind::list) return function_of(name, inside->children, index);
  return function_of(name, {&inside, 1}, index);
}

// sin 2x cos x is (sin 2x)(cos x): an argument without brackets ends before the next function and at a sign.
const Node* Parser::bare_argument() {
  bool is_negative = false;
  for (; is(Sign::plus) || is(Sign::minus); ++position_) is_negative ^= is(Sign::minus);
  if (!starts_operand(0)) return fail("a function without an argument");
  const bool is_group = is_open('{');
  const Node* node = power();
  if (node && !is_group) node = implicit_product(node, true);
  const bool is_wide = node && !is_group && is(Sign::slash) && starts_operand(1) && !is(Sign::function, 1);
  if (is_wide) {
    doubt_.wide_argument = true;
    if (reading_.wide_argument) {
      ++position_;
      const Node* first = power();
      node = make(Kind::divide, {node, first ? implicit_product(first, true) : nullptr});
    }
  }
  return is_negative ? make(Kind::negate, {node}) : node;
}

// Of sympy: Interval(1, 2), Interval.Lopen(1, 2), which is (1, 2]; what is infinite is open.
const Node* Parser::interval(std::string_view name, const Node* low, const Node* high) {
  const auto is_infinite = [](const Node& node) {
    const Node& bare = node.kind == Kind::negate ? node[0] : node;
    return bare.kind == Kind::constant && bare.text == "infinity";
  };
  Node* node = make(Kind::bracketed, {low, high});
  if (!node) return nullptr;
  node->open = name.ends_with(".open") || name.ends_with(".Lopen") || is_infinite(*low) ? '(' : '[';
  node->close = name.ends_with(".open") || name.ends_with(".Ropen") || is_infinite(*high) ? ')' : ']';
  return node;
}

// Γ at a whole number, which is a factorial, and at a half, where Γ(n + 1/2) = (2n − 1)!!/2^n · √π. Null elsewhere.
const Node* Parser::gamma(const Node& argument) {
  const auto number = [&](int64_t value) { return integer(arena_.copy(std::to_string(value))); };
  if (const int64_t whole = small_integer(argument); whole > 0) return make(Kind::factorial, {number(whole - 1)});
  if (argument.kind != Kind::divide || small_integer(argument[1]) != 2) return nullptr;
  const int64_t odd = small_integer(argument[0]);
  if (odd < 0 || odd % 2 == 0) return nullptr;
  const Node* root = make(Kind::root, {leaf(Kind::constant, "pi"), integer("2")});
  if (odd == 1) return root;
  const Node* product = make(Kind::function, {number(odd - 2)}, "double_factorial");
  const Node* power = make(Kind::power, {integer("2"), number((odd - 1) / 2)});
  return make(Kind::multiply, {make(Kind::divide, {product, power}), root});
}

// n!/(a! b! c!) of \binom{n}{a, b, c}, where a + b + c = n.
const Node* Parser::multinomial(const Node* n) {
  const size_t close = partner(position_);
  int64_t whole = 0;
  Gather below(*this);
  {
    const Enter enter(*this, close);
    ++position_;
    do {
      const Node* part = sum();
      if (!part) return nullptr;
      if (small_integer(*part) < 0) return fail("a multinomial coefficient of unknown numbers");
      whole += small_integer(*part);
      if (!below.push(make(Kind::factorial, {part}))) return nullptr;
    } while (accept(Sign::comma));
    if (!at_end()) return fail("stray text in a multinomial coefficient");
  }
  leave(close);
  if (small_integer(*n) != whole) return fail("a multinomial coefficient whose parts are no whole");
  return make(Kind::divide, {make(Kind::factorial, {n}), product(below.nodes())});
}

const Node* Parser::function_of(std::string_view name, Nodes arguments, const Node* index) {
  const Node* first = arguments[0];
  if (arguments.size() != 1 && is_known_of_one(name)) return fail("a function of one argument has several");
  if (index && name != "log" && name != "lg") return fail("an index of a function");
  if (name == "Matrix") return first;
  if (name == "FiniteSet") return make(Kind::set, arguments);
  if (name == "Union" && arguments.size() > 1) return make(Kind::set_union, arguments);
  if (name.starts_with("Interval") && arguments.size() == 2) return interval(name, first, arguments[1]);
  if (name == "Rational" && arguments.size() == 2) return make(Kind::divide, {first, arguments[1]});
  if (name == "Eq" && arguments.size() == 2) {
    constexpr std::string_view equal[] = {"="};
    return relation_of(arguments, equal);
  }
  if (name == "abs") return make(Kind::absolute, {first});
  if (name == "sqrt") return make(Kind::root, {first, integer("2")});
  if (name == "cbrt") return make(Kind::root, {first, integer("3")});
  if (name == "factorial") return make(Kind::factorial, {first});
  if (name == "cis")
    return make(Kind::power, {leaf(Kind::constant, "e"), make(Kind::multiply, {leaf(Kind::constant, "i"), first})});
  if (name == "lg") return make(Kind::function, {first, index ? index : integer("10")}, "log");
  if (name == "log" && index)
    return arguments.size() == 1 ? make(Kind::function, {first, index}, "log") : fail("a logarithm of two numbers");
  if ((name == "binomial" || name == "permutations" || name == "pow" || name == "mod") && arguments.size() != 2)
    return fail("a function of two arguments");
  if (name == "pow") return make(Kind::power, {first, arguments[1]});
  if (name == "Gamma" && arguments.size() == 1)
    if (const Node* value = gamma(*first)) return value;
  if (name == "root" && arguments.size() == 2) return make(Kind::root, arguments);
  if (name == "Log") {  // of Mathematica, which names the base first
    if (arguments.size() == 1) return named("ln", arguments);
    return arguments.size() == 2 ? make(Kind::function, {arguments[1], first}, "log")
                                 : fail("a logarithm of several numbers");
  }
  if (name == "log" && arguments.size() > 2) return fail("a logarithm of several numbers");
  const bool is_set_of_values = takes_several(name) && arguments.size() == 1 && first->kind == Kind::set;
  return named(name, is_set_of_values ? first->children : arguments);
}

// dx: ends an integral, or stands in a numerator of its body.
bool Parser::differential() {
  if (!is_letter("d") || !integral_ || integral_->variable) return false;
  const bool is_name = is(Sign::letter, 1) || (is(Sign::constant, 1) && at(1).text.size() == 1);
  if (!is_name) return false;
  integral_->variable = leaf(Kind::symbol, at(1).text);
  position_ += 2;
  return true;
}

const Node* Parser::integral() {
  const Level level(*this);
  if (!level.is_fine()) return nullptr;
  ++position_;
  const Node* lower = nullptr;
  const Node* upper = nullptr;
  while ((is(Sign::underscore) && !lower) || (is(Sign::caret) && !upper)) {
    const bool is_lower = is(Sign::underscore);
    ++position_;
    if (is_open('{') && partner(position_) == position_ + 1) {  // \int_{}^{}
      position_ += 2;
      continue;
    }
    const bool is_negative = accept(Sign::minus);
    const Node* bound = is(Sign::number) ? number_node(tokens_[position_++]) : argument();
    if (is_negative) bound = make(Kind::negate, {bound});
    if (!bound) return nullptr;
    (is_lower ? lower : upper) = bound;
  }
  Integral frame{level_};
  Integral* outer = integral_;
  integral_ = &frame;
  const Node* body = differential() ? integer("1") : sum();
  if (body && !frame.variable) differential();
  integral_ = outer;
  if (!body) return nullptr;
  if (body->kind == Kind::set && body->children.size() == 1) body = body->children[0];
  if (!frame.variable) frame.variable = leaf(Kind::symbol, "x");
  if ((lower == nullptr) != (upper == nullptr)) return fail("an integral with one bound");
  return lower ? make(Kind::integral, {body, frame.variable, lower, upper})
               : make(Kind::integral, {body, frame.variable});
}

// \lim_{x \to 0^+}
const Node* Parser::limit() {
  ++position_;
  if (!is(Sign::underscore) || !is_open('{', 1)) return fail("a limit without a point");
  const size_t open = position_ + 1, close = partner(open);
  size_t stop = close;
  std::string_view side;
  for (const auto& [sign, name] : {std::pair(Sign::plus, "+"), std::pair(Sign::minus, "-")}) {
    const auto sign_at = [&](size_t back) { return close >= open + back + 3 ? tokens_[close - back].sign : Sign::end; };
    const size_t length = sign_at(1) == sign && sign_at(2) == Sign::caret                                ? 2
                          : sign_at(1) == Sign::close && sign_at(2) == sign && sign_at(4) == Sign::caret ? 4
                                                                                                         : 0;
    if (length > 0) stop = close - length, side = name;
  }
  const Node* variable;
  const Node* point;
  {
    const Enter enter(*this, stop);
    position_ = open + 1;
    variable =
        is(Sign::letter) || is(Sign::constant) ? leaf(Kind::symbol, at().text) : fail("a limit without a variable");
    ++position_;
    const bool is_arrow = (is(Sign::relation) && at().text == "maps") || is(Sign::implies);
    if (!variable || !is_arrow) return fail("a limit without a point");
    ++position_;
    point = sum();
    if (!point || !at_end()) return fail("a limit without a point");
  }
  leave(close);
  const Node* body = term();
  return make(Kind::limit, {body, variable, point}, side);
}

// \frac{d}{dx} y, \frac{dy}{dx}, \frac{\partial^2 f}{\partial x^2}; null without a problem where the fraction is none.
const Node* Parser::derivative() {
  const auto is_d = [&](size_t index) {
    return (tokens_[index].sign == Sign::letter && tokens_[index].text == "d") || tokens_[index].sign == Sign::partial;
  };
  if (!is_open('{', 1)) return nullptr;
  const size_t top = position_ + 1, top_end = partner(top);
  if (top_end + 1 >= scope_.stop || !(tokens_[top_end + 1].sign == Sign::open && tokens_[top_end + 1].shape == '{'))
    return nullptr;
  const size_t bottom = top_end + 1, bottom_end = partner(bottom);
  if (!is_d(top + 1) || !is_d(bottom + 1) || bottom_end < bottom + 3 || tokens_[bottom + 2].sign != Sign::letter)
    return nullptr;
  size_t order = 1;
  const auto order_at = [&](size_t index) -> size_t {  // ^2 or ^{2} at `index`: its tokens
    if (index >= scope_.stop || tokens_[index].sign != Sign::caret) return 0;
    const bool is_group = tokens_[index + 1].sign == Sign::open;
    const Token& number = tokens_[index + (is_group ? 2 : 1)];
    if (number.sign != Sign::number || number.text.size() != 1 || number.text[0] < '1' || number.text[0] > '9')
      return 0;
    order = static_cast<size_t>(number.text[0] - '0');
    return is_group ? 4 : 2;
  };
  const size_t below = bottom + 3 + order_at(bottom + 3);
  if (below != bottom_end) return nullptr;
  const size_t begin = top + 2 + order_at(top + 2);
  const Node* body = nullptr;
  if (begin < top_end) {
    position_ = begin;
    const Enter enter(*this, top_end);
    body = sum();
    if (!body || !at_end()) return fail("a derivative of nothing");
  }
  leave(bottom_end);
  if (!body) {
    if (!starts_operand(0)) return fail("a derivative of nothing");
    const Node* first = power();
    body = first ? implicit_product(first, false) : nullptr;
  }
  const Node* variable = leaf(Kind::symbol, tokens_[bottom + 2].text);
  // dy/dx is no 0: y depends on x.
  if (body && body->kind == Kind::symbol && body->text != variable->text) {
    const std::string power = order > 1 ? std::to_string(order) : "";
    return leaf(Kind::symbol,
                arena_.copy("d" + power + std::string(body->text) + "/d" + std::string(variable->text) + power));
  }
  for (; body && order > 0; --order) body = make(Kind::derivative, {body, variable});
  return body;
}

}  // namespace cohort::rewards::math
