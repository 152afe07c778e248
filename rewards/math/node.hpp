// The tree of a mathematical answer: what the parser makes and the comparison reads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace cohort::rewards::math {

/// What a node is; after the dash, its children and what `text` holds. Children are never null.
enum class Kind : uint8_t {
  // Leaves
  integer,    // digits 0-9 without sign or separators: "1234", "007"
  decimal,    // digits with one point, as written, leading zero added: "0.50", "3."; an exponent stands in `exponent`
  repeating,  // 0.1\overline{6}: "0.1|6", the part after the bar repeats for ever
  symbol,     // a variable: "x", "alpha", "x_1", "x'"; one letter or a name with a backslash, never a product
  constant,   // "pi" "e" "i" "infinity" "undefined" (DNE) "emptyset" "R" "Q" "Z" "N" "C" "true" "false"
  ellipsis,   // \ldots \cdots ... …
  text,       // words: lower case, single blanks, no punctuation at the ends; "no solution", "tuesday"

  // Arithmetic
  negate,      // a
  add,         // a, b, …; a − b is add(a, negate(b))
  multiply,    // a, b, …
  divide,      // numerator, denominator
  power,       // base, exponent
  root,        // radicand, index (an integer 2 for \sqrt)
  factorial,   // a
  absolute,    // a
  plus_minus,  // a: ±a; within add for a ± b. All plus_minus of one tree choose one sign, minus_plus the other
  minus_plus,  // a: ∓a
  mixed,       // whole, numerator, denominator: 2 1/2, 1\frac12
  percent,     // a: a%
  degrees,     // a: a°
  numeral,     // digits in another base, "204" or "1A"; child: the base
  quantity,  // a; the unit in `text`, normalised: "cm^2", "km/h", "$", "dollar" is "$"; times of the clock: "12:05" am
  function,  // arguments; the name in `text`: "sin" "arcsin" "ln" "exp" "floor" "gcd" "max" "binomial" "det" "f" …
             //   "log" has (a) or (a, base); sin^2 x is power(function sin(x), 2), sin^{-1} x is arcsin. The names that
             //   mean something are those of vocabulary.cpp; "mod" is the remainder, "binomial" (n, k), "permutations"
             //   (n, k), "double_factorial", "conjugate", "norm", "transpose"; any other is an unknown function
  sum,       // body, variable, lower, upper
  product,   // body, variable, lower, upper
  integral,  // body, variable [, lower, upper]
  limit,     // body, variable, point; `text` "+" or "-" for a side
  derivative,  // body, variable

  // Collections
  list,       // 1, 2, 3 without brackets; at least two. `text` is "or" where the last were joined by it
  bracketed,  // (1, 2) [1, 2) (1, 2] ⟨1, 2⟩: `open` and `close` are '(' '[' '<' ')' ']' '>'. At least two children,
              //   or none. A point, tuple, vector, or, with two, an interval: the gold answer decides
  set,        // {1, 2}; none is the empty set
  set_builder,   // pattern, condition
  set_union,     // a, b, …
  intersection,  // a, b, …
  set_minus,     // a, b
  complement,    // a
  matrix,        // entries by rows; `rows` × `columns`; column vectors too
  ratio,         // a, b, …: 3:4, also 12:05 (the leaves keep their digits)
  piecewise,     // value, condition, value, condition, …; a condition "otherwise" is constant true

  // Statements
  relation,  // a, b, …: `relations` has one word fewer: "=" "!=" "<" "<=" ">" ">=" "in" "notin" "subset"
  //   "subseteq" "approx" "equiv" "mod" "parallel" "perp" "sim" "congruent" "propto" "maps" "divides". a < b < c is one
  //   node with three children, and so is a ≡ b (mod n): "equiv" "mod"
  conjunction,  // a, b, …: and; also the equations of a system
  disjunction,  // a, b, …: or
  negation,     // a: not
  implication,  // a, b
  equivalence,  // a, b

  // Ambiguity: the readings of one text, likeliest first. 1,234 is integer 1234 or list(1, 234)
  either,  // `text` is choice_text for the letter of a choice and what stands behind it: (C) 5
};

constexpr uint64_t bit(Kind kind) { return uint64_t{1} << static_cast<unsigned>(kind); }
static_assert(static_cast<unsigned>(Kind::either) < 64);

inline constexpr std::string_view choice_text = "choice";

/// A node of the tree. Immutable once parsed; lives in an Arena, as do its children and its text.
struct Node {
  Kind kind = Kind::text;
  char open = 0, close = 0;        // bracketed
  uint16_t rows = 0, columns = 0;  // matrix
  int32_t exponent = 0;            // decimal: × 10^exponent
  uint32_t size = 1;               // nodes in this tree, this one included
  uint16_t depth = 1;              // levels of this tree; the parser makes at most 200
  uint64_t kinds_below = 0;        // a bit for each kind that occurs below
  std::string_view text;           // leaf, function, quantity, limit
  std::span<const Node* const> children;
  std::span<const std::string_view> relations;  // relation

  const Node& operator[](size_t i) const { return *children[i]; }
  /// Takes these children, which stay where they are, and counts what is below anew.
  void adopt(std::span<const Node* const> others);
};

inline void Node::adopt(std::span<const Node* const> others) {
  children = others;
  size = depth = 1;
  kinds_below = 0;
  for (const Node* child : others) {
    size += child->size;
    depth = std::max<uint16_t>(depth, child->depth + (child->depth < UINT16_MAX));
    kinds_below |= child->kinds_below | bit(child->kind);
  }
}

/// The kinds that occur in a tree, as bits.
constexpr uint64_t kinds_in(const Node& node) { return node.kinds_below | bit(node.kind); }
constexpr bool has_kind(const Node& node, Kind kind) { return (kinds_in(node) & bit(kind)) != 0; }

/// Where trees live. Nothing is freed before the arena is; clear() keeps the memory for the next pair. The address
/// sanitizer sees what is read beyond an allocation, or after clear().
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `count` objects of T, value-initialised. T is trivially destructible.
  template <typename T>
  std::span<T> make(size_t count);
  /// The same without a value: whoever asks writes before it reads.
  template <typename T>
  std::span<T> room(size_t count);
  std::string_view copy(std::string_view text);
  void clear();
  size_t bytes() const;  // in use

 private:
  void* allocate(size_t bytes, size_t alignment) {
    if (block_ < blocks_.size()) {
      const size_t start = (used_ + alignment - 1) & ~(alignment - 1);
      if (start <= blocks_[block_].bytes && bytes + gap <= blocks_[block_].bytes - start) {
        used_ = start + bytes + gap;
        void* place = blocks_[block_].data.get() + start;
        open(place, bytes);
        return place;
      }
    }
    return allocate_in_next_block(bytes);
  }
  void* allocate_in_next_block(size_t bytes);
#if defined(__SANITIZE_ADDRESS__)
  static constexpr size_t gap = 16;  // shut, behind each allocation
  static void open(void* place, size_t bytes) { __asan_unpoison_memory_region(place, bytes); }
  static void shut(void* place, size_t bytes) { __asan_poison_memory_region(place, bytes); }
#else
  static constexpr size_t gap = 0;
  static void open(void*, size_t) {}
  static void shut(void*, size_t) {}
#endif
  struct Block {
    std::unique_ptr<std::byte[]> data;
    size_t bytes;
  };
  std::vector<Block> blocks_;
  size_t block_ = 0, used_ = 0, filled_ = 0;  // used_ bytes of blocks_[block_], filled_ bytes of those before it
};

/// How much work one comparison may still do. A unit is about 50 ns: a node visited, a machine word multiplied.
/// Everything that can grow asks first; whoever is refused stops and the verdict is budget_exceeded, never "different".
class Budget {
 public:
  explicit Budget(int64_t units = 120'000) : left_(units) {}
  [[nodiscard]] bool spend(int64_t units) {
    left_ -= units;
    return left_ >= 0;
  }
  bool is_spent() const { return left_ < 0; }
  int64_t left() const { return left_; }

 private:
  int64_t left_;
};

template <typename T>
std::span<T> Arena::make(size_t count) {
  static_assert(std::is_trivially_destructible_v<T>);
  T* first = static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  std::uninitialized_value_construct_n(first, count);
  return {first, count};
}

template <typename T>
std::span<T> Arena::room(size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {static_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
}

}  // namespace cohort::rewards::math
