// Matrices and vectors: computed, then compared entry by entry.
#include <algorithm>
#include <optional>

#include "rewards/math/comparer.hpp"

namespace cohort::rewards::math {
namespace {

constexpr uint32_t max_size = 20'000;  // nodes of a computed matrix
constexpr size_t max_determinant = 6;  // 720 products

/// A value of matrix arithmetic: a scalar has no rows.
struct Value {
  size_t rows = 0, columns = 0;
  Nodes entries;

  bool is_scalar() const { return rows == 0; }
  const Node& at(size_t row, size_t column) const { return *entries[row * columns + column]; }
};

class Arithmetic {
 public:
  Arithmetic(Arena& arena, Budget& budget) : arena_(arena), budget_(budget) {}

  /// Nothing where shapes do not fit, or for what is not known of matrices.
  std::optional<Value> value(const Node& node) {
    if (!budget_.spend(1)) return {};
    if ((kinds_in(node) & bit(Kind::matrix)) == 0) return Value{0, 0, {&node}};
    switch (node.kind) {
      case Kind::matrix:
        return Value{node.rows, node.columns, Nodes(node.children.begin(), node.children.end())};
      case Kind::negate:
        return scaled(make_integer(arena_, -1), value(node[0]));
      case Kind::add:
      case Kind::multiply:
        return folded(node);
      case Kind::divide: {
        const std::optional<Value> divisor = value(node[1]);
        if (!divisor || !divisor->is_scalar()) return {};
        return scaled(make_node(arena_, Kind::divide, {&make_integer(arena_, 1), divisor->entries[0]}), value(node[0]));
      }
      case Kind::power:
        return raised(node);
      case Kind::absolute:
        return determinant(value(node[0]));
      case Kind::function:
        return applied(node);
      default:
        return {};
    }
  }

 private:
  std::optional<Value> checked(Value value) {
    int64_t size = 0;
    for (const Node* entry : value.entries) size += entry->size;
    if (size > max_size || !budget_.spend(size)) return {};
    return value;
  }

  std::optional<Value> scaled(const Node& factor, std::optional<Value> value) {
    if (!value) return {};
    for (const Node*& entry : value->entries) entry = &make_node(arena_, Kind::multiply, {&factor, entry});
    return checked(std::move(*value));
  }

  std::optional<Value> folded(const Node& node) {
    std::optional<Value> result = value(node[0]);
    for (size_t i = 1; i < node.children.size() && result; ++i) {
      std::optional<Value> next = value(node[i]);
      if (!next) return {};
      result = node.kind == Kind::add ? sum(*result, *next) : product(*result, *next);
    }
    return result;
  }

  std::optional<Value> sum(Value left, const Value& right) {
    if (left.rows != right.rows || left.columns != right.columns) return {};
    for (size_t i = 0; i < left.entries.size(); ++i)
      left.entries[i] = &make_node(arena_, Kind::add, {left.entries[i], right.entries[i]});
    return checked(std::move(left));
  }

  std::optional<Value> product(const Value& left, const Value& right) {
    if (left.is_scalar()) return scaled(*left.entries[0], right);
    if (right.is_scalar()) return scaled(*right.entries[0], left);
    if (left.columns != right.rows) return {};
    Value result{left.rows, right.columns, {}};
    for (size_t row = 0; row < left.rows; ++row) {
      for (size_t column = 0; column < right.columns; ++column) {
        Nodes terms;
        for (size_t k = 0; k < left.columns; ++k)
          terms.push_back(&make_node(arena_, Kind::multiply, {&left.at(row, k), &right.at(k, column)}));
        result.entries.push_back(terms.size() == 1 ? terms[0] : &make_node(arena_, Kind::add, terms));
        if (!budget_.spend(static_cast<int64_t>(terms.size()))) return {};
      }
    }
    return checked(std::move(result));
  }

  static Value transposed(const Value& value) {
    Value result{value.columns, value.rows, {}};
    for (size_t column = 0; column < value.columns; ++column)
      for (size_t row = 0; row < value.rows; ++row) result.entries.push_back(&value.at(row, column));
    return result;
  }

  /// Without one row and one column.
  static Value minor(const Value& value, size_t row, size_t column) {
    Value result{value.rows - 1, value.columns - 1, {}};
    for (size_t i = 0; i < value.rows; ++i)
      for (size_t j = 0; j < value.columns; ++j)
        if (i != row && j != column) result.entries.push_back(&value.at(i, j));
    return result;
  }

  const Node& signed_entry(const Node& node, bool is_negative) {
    return is_negative ? make_node(arena_, Kind::negate, {&node}) : node;
  }

  /// By the first row; at most max_determinant rows.
  const Node& determinant_of(const Value& value) {
    if (value.rows == 1) return *value.entries[0];
    Nodes terms;
    for (size_t column = 0; column < value.columns && budget_.spend(1); ++column) {
      const Node& rest = determinant_of(minor(value, 0, column));
      terms.push_back(&signed_entry(make_node(arena_, Kind::multiply, {&value.at(0, column), &rest}), column % 2 == 1));
    }
    return terms.empty() ? *value.entries[0] : make_node(arena_, Kind::add, terms);
  }

  std::optional<Value> determinant(const std::optional<Value>& value) {
    if (!value || value->rows != value->columns || value->is_scalar() || value->rows > max_determinant) return {};
    return checked({0, 0, {&determinant_of(*value)}});
  }

  std::optional<Value> inverse(const Value& value) {
    const std::optional<Value> whole = determinant(value);
    if (!whole) return {};
    if (value.rows == 1)
      return Value{1, 1, {&make_node(arena_, Kind::divide, {&make_integer(arena_, 1), whole->entries[0]})}};
    Value result{value.rows, value.columns, {}};
    for (size_t row = 0; row < value.rows; ++row) {
      for (size_t column = 0; column < value.columns; ++column) {
        const Node& cofactor = signed_entry(determinant_of(minor(value, column, row)), (row + column) % 2 == 1);
        result.entries.push_back(&make_node(arena_, Kind::divide, {&cofactor, whole->entries[0]}));
      }
    }
    return checked(std::move(result));
  }

  std::optional<Value> raised(const Node& node) {
    const std::optional<Value> base = value(node[0]);
    if (!base || base->is_scalar()) return {};
    const Node& exponent = node[1];
    if ((exponent.kind == Kind::symbol || exponent.kind == Kind::text) &&
        (exponent.text == "T" || exponent.text == "t" || exponent.text == "top"))
      return transposed(*base);
    if (base->rows != base->columns) return {};
    if (exponent.kind == Kind::negate && exponent[0].kind == Kind::integer && exponent[0].text == "1")
      return inverse(*base);
    if (exponent.kind != Kind::integer || exponent.text.size() != 1 || exponent.text == "0") return {};
    std::optional<Value> result = base;
    for (char i = '1'; i < exponent.text[0] && result; ++i) result = product(*result, *base);
    return result;
  }

  std::optional<Value> applied(const Node& node) {
    if (node.children.size() != 1) return {};
    const std::optional<Value> argument = value(node[0]);
    if (!argument || argument->is_scalar()) return {};
    if (node.text == "det") return determinant(argument);
    if (node.text == "transpose") return transposed(*argument);
    if ((node.text == "tr" || node.text == "trace") && argument->rows == argument->columns) {
      Nodes terms;
      for (size_t i = 0; i < argument->rows; ++i) terms.push_back(&argument->at(i, i));
      return Value{0, 0, {terms.size() == 1 ? terms[0] : &make_node(arena_, Kind::add, terms)}};
    }
    return {};
  }

  Arena& arena_;
  Budget& budget_;
};

bool is_vector(const Node& matrix) { return matrix.rows == 1 || matrix.columns == 1; }

/// Entries of a vector, however it is written; none of anything else.
std::optional<std::span<const Node* const>> vector_entries(const Node& node) {
  if (node.kind == Kind::matrix && is_vector(node)) return node.children;
  // (a, b] is an interval.
  const bool is_pair = (node.open == '[') == (node.close == ']');
  if (node.kind == Kind::bracketed && is_pair && !node.children.empty()) return node.children;
  return {};
}

}  // namespace

const Node& Comparer::without_matrix_arithmetic(const Node& node) {
  if (is_assertion(node) || is_collection(node) || (kinds_in(node) & bit(Kind::matrix)) == 0) return node;
  std::optional<Value> value = Arithmetic(arena, budget).value(node);
  if (!value) return node;
  if (value->is_scalar()) return *value->entries[0];
  Node& matrix = arena.make<Node>(1)[0];
  matrix = make_node(arena, Kind::matrix, value->entries);
  matrix.rows = static_cast<uint16_t>(value->rows);
  matrix.columns = static_cast<uint16_t>(value->columns);
  return matrix;
}

/// Of two matrices the shapes must agree; beside a matrix of one row or column a tuple is that vector.
Comparison Comparer::matrices(const Node& gold, const Node& prediction) {
  if (gold.kind == Kind::matrix && prediction.kind == Kind::matrix) {
    if (gold.rows != prediction.rows || gold.columns != prediction.columns) return different("shape");
    return in_order(gold.children, prediction.children);
  }
  const auto left = vector_entries(gold), right = vector_entries(prediction);
  if (!left || !right) return different("type");
  return in_order(*left, *right);
}

}  // namespace cohort::rewards::math
