// Products of few rows by few columns, with all sums in registers. Part of inner.hpp.
#pragma once

#include "kernels/cpu/isa/vectors.hpp"

namespace cohort::kernels {
namespace {

// A product says what one step over k reads of B, and how an element of A (a pair of bfloat16) is added to the sums of
// its row. A step reads two vectors of columns, in kParts parts one after the other.
template <typename T>
struct Plain {
  using A = T;
  using B = T;
  using C = T;
  using V = typename Vector<T>::type;
  static constexpr int kGroup = 1, kParts = 1;
  struct Columns {
    V b0, b1;
  };
  template <int Part>
  static inline Columns read(const T* b) {
    return {*(const V*)b, *(const V*)(b + kLanes<T>)};
  }
  template <int Part>
  static inline void add(const T* a, const Columns& columns, V& sum0, V& sum1) {
    const T x = a[Part];
    sum0 += x * columns.b0;
    sum1 += x * columns.b1;
  }
};

// B in pairs of bfloat16: one 32-bit word holds elements 2i and 2i + 1 of a column. A in float32, rounded already.
// One half of the words after the other: columns of both would not leave enough registers for the sums.
struct Pairs : Plain<float> {
  using B = bfloat16;
  using Bits = Vector<float>::bits;
  static constexpr int kGroup = 2, kParts = 2;
  template <int Part>
  static inline Columns read(const bfloat16* b) {
    const Bits w0 = *(const Bits*)b, w1 = *(const Bits*)(b + 2 * kLanes<float>);
    if constexpr (Part == 0) return {(V)(w0 << 16), (V)(w1 << 16)};
    return {(V)(w0 & (int32_t)0xffff0000), (V)(w1 & (int32_t)0xffff0000)};
  }
};

// A in unsigned and B in signed bytes, four of them along k in a 32-bit word: sums of integers, exact in every body,
// as long as B is what a body takes (int8_in_pairs).
// The fields say int8_t, for operands of one product share a type; A's bits are those of uint8_t.
struct Quads {
  using A = int8_t;
  using B = int8_t;
  using C = int32_t;
  using V = Vector<int32_t>::type;
  static constexpr int kGroup = 4, kParts = 1;
  struct Columns {
    V b0, b1;
  };
  template <int Part>
  static inline Columns read(const int8_t* b) {
    return {*(const V*)b, *(const V*)(b + kVectorBytes)};
  }
  template <int Part>
  static inline void add(const int8_t* a, const Columns& columns, V& sum0, V& sum1) {
    for (int g = 0; g < 4; ++g) {
      const int32_t x = (uint8_t)a[g];
      sum0 += x * (columns.b0 << (24 - 8 * g) >> 24);
      sum1 += x * (columns.b1 << (24 - 8 * g) >> 24);
    }
  }
};

// Where a tile finds what it multiplies and where it writes. Passed by reference: a copy is made of wide loads from
// narrow stores, which wait until all stores before them, those of a whole piece, have reached the cache.
template <typename Product>
struct Place {
  const typename Product::A* a;
  int64_t lda;
  const typename Product::B* b;
  int64_t ldb;
  typename Product::C* c;
  int64_t ldc;
  const char* ahead;   // memory that will be read next, brought nearer a little in each step
  int64_t ahead_step;  // bytes
};

// Columns that one pair of vectors takes, and where a column of panels begins.
template <typename Product>
constexpr int64_t kWidth = 2 * kLanes<typename Product::C>;
template <typename Product>
inline const typename Product::B* column_of(const typename Product::B* b, int64_t next_panel, int64_t column) {
  return b + column / kPanelColumns * next_panel + column % kPanelColumns * Product::kGroup;
}

// One part of a step: some columns of B, met by every row.
template <typename Product, int Part, int Rows, int Pairs, typename Element>
inline void add_part(const typename Product::B* b, int64_t next_panel, Element element,
                     typename Product::V (&sums)[Pairs][Rows][2]) {
#pragma GCC unroll 16
  for (int p = 0; p < Pairs; ++p) {
    const typename Product::Columns columns =
        Product::template read<Part>(column_of<Product>(b, next_panel, p * kWidth<Product>));
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) Product::template add<Part>(element(r), columns, sums[p][r][0], sums[p][r][1]);
  }
}

// Caches that what is ahead is brought to, as __builtin_prefetch counts them: all of them, or all but the first. Few
// rows use B faster than memory gives it, and the first-level cache cannot wait for enough lines at once: where up to
// kThinRows rows pass by, the second-level cache waits for them instead. Eight rows of 576 by 1536 take a quarter less.
constexpr int kToFirstLevel = 3, kToSecondLevel = 2;

// `Rows` rows by `Pairs` pairs of vectors of columns, all sums in registers. Where A lies in panels, row r of step i is
// at a[(i · kPanelRows + r) · group]; else at a[r · lda + i · group].
template <typename Product, int Rows, int Pairs, bool InPanels, int Ahead>
[[gnu::noinline]] void piece(int64_t steps, const Place<Product>& place, int64_t next_panel, Write write) {
  using C = typename Product::C;
  using V = typename Vector<C>::type;
  constexpr int64_t lanes = kLanes<C>, group = Product::kGroup;
  C* const __restrict c = place.c;
  V sums[Pairs][Rows][2];
#pragma GCC unroll 16
  for (int p = 0; p < Pairs; ++p)
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const C* from = c + r * place.ldc + 2 * lanes * p;
      sums[p][r][0] = write == Write::resume ? *(const V*)from : V{};
      sums[p][r][1] = write == Write::resume ? *(const V*)(from + lanes) : V{};
    }
  // A pointer for every third row: the two rows behind it are reached by an index register.
  constexpr int kBases = InPanels ? 1 : (Rows + 2) / 3;
  const int64_t lda = place.lda;
  const typename Product::A* base[kBases];
#pragma GCC unroll 16
  for (int j = 0; j < kBases; ++j) base[j] = place.a + 3 * j * lda;
  const typename Product::B* b = place.b;
  const int64_t ldb = place.ldb, ahead_step = place.ahead_step;
  const char* ahead = place.ahead;
  for (int64_t i = 0; i < steps; ++i) {
    const auto element = [&](int r) { return InPanels ? base[0] + r * group : base[r / 3] + r % 3 * lda; };
    __builtin_prefetch(ahead, 0, Ahead);
    __builtin_prefetch(ahead + 64, 0, Ahead);  // a step of a panel is two lines
    ahead += ahead_step;
    add_part<Product, 0>(b, next_panel, element, sums);
    if constexpr (Product::kParts == 2) add_part<Product, 1>(b, next_panel, element, sums);
    b += ldb;
#pragma GCC unroll 16
    for (int j = 0; j < kBases; ++j) base[j] += InPanels ? kPanelRows * group : group;
  }
#pragma GCC unroll 16
  for (int p = 0; p < Pairs; ++p)
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      C* to = c + r * place.ldc + 2 * lanes * p;
      *(V*)to = sums[p][r][0];
      *(V*)(to + lanes) = sums[p][r][1];
    }
}

// The instance for a number of rows that is known at run time only.
template <typename Product, int Pairs, bool InPanels, int Ahead, int Rows>
inline auto piece_of(int64_t rows) -> decltype(&piece<Product, 1, Pairs, InPanels, Ahead>) {
  if constexpr (Rows > 1) {
    if (rows < Rows) return piece_of<Product, Pairs, InPanels, Ahead, Rows - 1>(rows);
  }
  return piece<Product, Rows, Pairs, InPanels, Ahead>;
}

// Fewer columns than two vectors: a piece of whole width beside C, copied.
template <typename Product, bool InPanels>
void narrow_piece(int64_t rows, int64_t columns, int64_t steps, const Place<Product>& whole, Write write) {
  using C = typename Product::C;
  constexpr int64_t width = 2 * kLanes<C>;
  C apart[kTileRows * width] = {};
  C* const c = whole.c;
  const int64_t ldc = whole.ldc;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < columns && write == Write::resume; ++j) apart[r * width + j] = c[r * ldc + j];
  Place<Product> place = whole;
  place.c = apart;
  place.ldc = width;
  piece_of<Product, 1, InPanels, kToFirstLevel, kTileRows>(rows)(steps, place, 0, write);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < columns; ++j) c[r * ldc + j] = apart[r * width + j];
}

// Pairs of vectors of columns that `m` rows take at once.
template <typename Product>
int64_t pairs_of(int64_t m, int64_t columns) {
  if (m == 1 && columns >= kMostPairs * kWidth<Product>) return kMostPairs;
  return m <= kFewRows && columns >= 2 * kWidth<Product> ? 2 : 1;
}

// Rows in pieces, columns by two vectors, or by four or eight where rows are too few to hide the latency of their sums.
// Rows that do not lie in panels are cut into pieces of nearly equal size, for the same reason.
template <typename Product, bool InPanels>
void tile(int64_t m, int64_t steps, const void* left, int64_t lda, const typename Product::B* b, int64_t ldb,
          int64_t next_panel, typename Product::C* c, int64_t ldc, int64_t columns, Write write) {
  if (m <= 0) return;
  const auto* const a = (const typename Product::A*)left;
  constexpr int64_t width = kWidth<Product>, group = Product::kGroup;
  static_assert(kPanelRows % kTileRows == 0 && kPanelColumns % width == 0);
  const auto panel_at = [&](int64_t j) { return column_of<Product>(b, next_panel, j); };
  const int64_t pieces = (m + kTileRows - 1) / kTileRows, even = m / pieces, larger = m % pieces;
  // The next columns of B come while the rows of these pass by: each piece brings its share, or one row's a panel's.
  // Where few rows pass by, B comes from memory, and a body that takes a panel's columns one part after the other
  // brings as large a part of the next panel with each. Divisions stand out here: one for each piece is a tenth of the
  // time of a product.
  constexpr int kThin = InPanels ? kToFirstLevel : kToSecondLevel;  // panels of A are of many rows
  const int64_t panel_bytes = steps * ldb * (int64_t)sizeof(*b), panel_share = panel_bytes / pieces;
  const int64_t panel_step = panel_share / (steps > 0 ? steps : 1);
  const bool thin = m <= kThinRows;
  for (int64_t j = 0; j < columns;) {
    const auto* const bj = panel_at(j);
    const int64_t columns_left = columns - j, pairs = pairs_of<Product>(m, columns_left);
    const int64_t taken = pairs * width, in_panel = j % kPanelColumns;
    const bool in_parts = thin && taken < kPanelColumns;
    const int64_t share = in_parts ? panel_share * taken / kPanelColumns : panel_share;
    const int64_t ahead_step = in_parts ? panel_step * taken / kPanelColumns : panel_step;
    const char* ahead =
        in_parts ? (const char*)panel_at(j - in_panel + kPanelColumns) + panel_bytes * in_panel / kPanelColumns
                 : (const char*)panel_at(j + taken);
    for (int64_t index = 0, i = 0; index < pieces; ++index, ahead += share) {
      const int64_t whole = m - i < kTileRows ? m - i : kTileRows, rows = InPanels ? whole : even + (index < larger);
      const auto* from = InPanels ? a + i / kPanelRows * lda + i % kPanelRows * group : a + i * lda;
      const Place<Product> place = {from, lda, bj, ldb, c + i * ldc + j, ldc, ahead, ahead_step};
      // So does what the next piece adds to, or replaces: rows of C are too far apart for the processor to foresee
      // them.
      const bool goes_on = index + 1 < pieces;
      const auto* next = goes_on ? c + (i + rows) * ldc + j : c + j + taken;
      const int64_t next_rows = goes_on ? m - i - rows : m;
      for (int64_t r = 0; r < (next_rows < kTileRows ? next_rows : kTileRows); ++r)
        for (int64_t line = 0; line < width * (int64_t)sizeof(*c); line += 64)
          __builtin_prefetch((const char*)(next + r * ldc) + line, 1);
      if (kMostPairs > 2 && pairs == kMostPairs) {
        piece<Product, 1, kMostPairs, InPanels, kThin>(steps, place, next_panel, write);
      } else if (pairs == 2) {
        piece_of<Product, 2, InPanels, kThin, kFewRows>(rows)(steps, place, next_panel, write);
      } else if (columns_left >= width && thin) {
        piece_of<Product, 1, InPanels, kThin, kTileRows>(rows)(steps, place, 0, write);
      } else if (columns_left >= width) {
        piece_of<Product, 1, InPanels, kToFirstLevel, kTileRows>(rows)(steps, place, 0, write);
      } else {
        narrow_piece<Product, InPanels>(rows, columns_left, steps, place, write);
      }
      i += rows;
    }
    j += taken;
  }
}

}  // namespace
}  // namespace cohort::kernels
