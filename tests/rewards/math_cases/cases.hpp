// Pairs of answers whose truth is known because of how they were made.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace cohort::test::math {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  int64_t between(int64_t low, int64_t high) {  // both included
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  int64_t nonzero(int64_t limit) {  // −limit … limit without 0
    const int64_t size = between(1, limit);
    return coin() ? size : -size;
  }
  bool coin() { return engine_() % 2 == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& values) {
    return values[engine_() % values.size()];
  }
  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[engine_() % i]);
  }
  std::string digits(int64_t count) {
    std::string text(1, static_cast<char>('1' + engine_() % 9));
    while (static_cast<int64_t>(text.size()) < count) text += static_cast<char>('0' + engine_() % 10);
    return text;
  }

 private:
  std::mt19937_64 engine_;
};

struct Pair {
  std::string gold, answer;
};

/// Makes a pair that is equal if `right`, and differs otherwise.
struct Category {
  const char* name;
  std::function<Pair(Random&, bool right)> make;
};

std::vector<Category> number_categories();
std::vector<Category> algebra_categories();
std::vector<Category> collection_categories();

/// A response to grade instead of an answer to compare.
std::vector<Category> response_categories();

template <typename Value>
std::string str(const Value& value) {
  return fmt::format("{}", value);
}

inline std::string frac(int64_t above, int64_t below) { return fmt::format("\\frac{{{}}}{{{}}}", above, below); }

/// 1234567 as 1,234,567 with any separator.
inline std::string grouped(int64_t value, const std::string& separator) {
  const std::string digits = str(value < 0 ? -value : value);
  std::string text = value < 0 ? "-" : "";
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += separator;
    text += digits[i];
  }
  return text;
}

/// "+ 3", "- 3": a term behind another one.
inline std::string term(int64_t value) { return value < 0 ? fmt::format("- {}", -value) : fmt::format("+ {}", value); }
inline std::string term(int64_t value, const std::string& symbol) {
  const int64_t size = value < 0 ? -value : value;
  return fmt::format("{} {}{}", value < 0 ? "-" : "+", size == 1 ? "" : str(size), symbol);
}

/// The value that the answer states: the true one, or a near one.
inline int64_t near(Random& random, int64_t value, bool right, int64_t distance = 9) {
  return right ? value : value + random.nonzero(distance);
}

}  // namespace cohort::test::math
