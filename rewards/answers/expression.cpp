#include "rewards/answers/expression.hpp"

#include <algorithm>
#include <utility>

namespace cohort::rewards {
namespace {

constexpr size_t max_bytes = 1000;
constexpr int max_depth = 100;

struct Fraction {
  int64_t numerator = 0;
  int64_t denominator = 1;
};

struct Failure {
  ExpressionStatus status;
};

__int128 gcd(__int128 left, __int128 right) {
  if (left < 0) left = -left;
  while (right != 0) {
    const __int128 remainder = left % right;
    left = right;
    right = remainder;
  }
  return left;
}

/// In lowest terms. The products of two 64-bit numbers, and the sum of two such products, fit in 128 bits.
Fraction reduce(__int128 numerator, __int128 denominator) {
  if (denominator == 0) throw Failure{ExpressionStatus::undefined};
  const __int128 sign = denominator < 0 ? -1 : 1;
  const __int128 divisor = gcd(numerator, denominator * sign) * sign;
  numerator /= divisor;
  denominator /= divisor;
  constexpr __int128 largest = INT64_MAX;
  if (numerator > largest || numerator < -largest || denominator > largest) throw Failure{ExpressionStatus::overflow};
  return {static_cast<int64_t>(numerator), static_cast<int64_t>(denominator)};
}

Fraction apply(char operation, Fraction left, Fraction right) {
  const __int128 a = left.numerator, b = left.denominator, c = right.numerator, d = right.denominator;
  switch (operation) {
    case '+':
      return reduce(a * d + c * b, b * d);
    case '-':
      return reduce(a * d - c * b, b * d);
    case '*':
      return reduce(a * c, b * d);
    default:
      return reduce(a * d, b * c);
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Fraction parse_all() {
    const Fraction value = parse_sum();
    if (!rest_.empty()) throw Failure{ExpressionStatus::malformed};
    return value;
  }

  std::vector<int64_t> numbers;

 private:
  Fraction parse_sum() {
    Fraction value = parse_product();
    while (const char operation = take_operator("+-")) value = apply(operation, value, parse_product());
    return value;
  }

  Fraction parse_product() {
    Fraction value = parse_factor();
    while (const char operation = take_operator("*/")) value = apply(operation, value, parse_factor());
    return value;
  }

  Fraction parse_factor() {
    if (++depth_ > max_depth) throw Failure{ExpressionStatus::malformed};
    Fraction value;
    if (const char sign = take_operator("+-")) {
      value = parse_factor();
      if (sign == '-') value.numerator = -value.numerator;
    } else if (rest_.starts_with('(')) {
      rest_.remove_prefix(1);
      value = parse_sum();
      skip_blanks();
      if (!rest_.starts_with(')')) throw Failure{ExpressionStatus::malformed};
      rest_.remove_prefix(1);
      skip_blanks();
    } else {
      value = {parse_integer(), 1};
    }
    --depth_;
    return value;
  }

  int64_t parse_integer() {
    const size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (size == 0) throw Failure{ExpressionStatus::malformed};
    int64_t value = 0;
    for (const char digit : rest_.substr(0, size))
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit - '0', &value))
        throw Failure{ExpressionStatus::overflow};
    rest_.remove_prefix(size);
    numbers.push_back(value);
    skip_blanks();
    return value;
  }

  /// The operator at the front if it is one of `wanted`, as one of + - * /; else 0.
  char take_operator(std::string_view wanted) {
    skip_blanks();
    constexpr std::pair<std::string_view, char> spellings[] = {
        {"+", '+'}, {"-", '-'}, {"*", '*'}, {"/", '/'},       {"−", '-'},      {"–", '-'},    {"×", '*'},
        {"·", '*'}, {"÷", '/'}, {"∕", '/'}, {"\\times", '*'}, {"\\cdot", '*'}, {"\\div", '/'}};
    for (const auto& [spelling, operation] : spellings) {
      if (!rest_.starts_with(spelling) || wanted.find(operation) == wanted.npos) continue;
      // Python's ** and // are other operations.
      const std::string_view after = rest_.substr(spelling.size());
      if (spelling.size() == 1 && after.starts_with(operation) && (operation == '*' || operation == '/'))
        throw Failure{ExpressionStatus::malformed};
      rest_ = after;
      skip_blanks();
      return operation;
    }
    return 0;
  }

  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }

  std::string_view rest_;
  int depth_ = 0;
};

}  // namespace

Expression evaluate(std::string_view text) {
  Expression result;
  if (text.size() > max_bytes) return result;
  Parser parser(text);
  try {
    const Fraction value = parser.parse_all();
    result.status = ExpressionStatus::value;
    result.numerator = value.numerator;
    result.denominator = value.denominator;
  } catch (const Failure& failure) {
    result.status = failure.status;
  }
  result.numbers = std::move(parser.numbers);
  return result;
}

}  // namespace cohort::rewards
