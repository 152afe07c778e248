// Products whose sums lie in the registers of AMX. Part of amx.cpp.
//
// A step takes sixteen words of k. It begins at every sixteenth word of a call, whatever the shape: an element's bits
// depend on that and on nothing beside it. What a last step lacks is filled with zeros.
#pragma once

#include <string.h>

#include "kernels/cpu/isa/amx_tiles.hpp"

namespace cohort::kernels {
namespace {

// Where a piece finds what it multiplies and where it writes. In bytes.
struct Place {
  const char* a;
  int64_t a_row, a_step, a_below;  // to the next row, the next step, the next sixteen rows
  const char* b;
  int64_t b_row, next_panel;
  char* c;
  int64_t c_row;
  int64_t top, bottom;  // rows
  const char* ahead;    // memory that will be read next, brought nearer a little in each step
  int64_t ahead_step;
  const char* next_c;  // what the next piece adds to, or replaces: rows too far apart to be foreseen
};

// Calls f<register>(row, column) for the registers of sums of a piece.
template <int Rows, int Columns, typename F>
inline void for_each_sum(F f) {
  static_assert(Rows == 1 || Columns <= 2);
  f.template operator()<0>(0, 0);
  if constexpr (Columns > 1) f.template operator()<1>(0, 1);
  if constexpr (Columns > 2) f.template operator()<2>(0, 2);
  if constexpr (Columns > 3) f.template operator()<3>(0, 3);
  if constexpr (Rows > 1) {
    f.template operator()<2>(1, 0);
    if constexpr (Columns > 1) f.template operator()<3>(1, 1);
  }
}

template <typename Product, int Rows, int Columns>
inline void add_step(const char* a, int64_t a_row, int64_t a_below, const char* b, int64_t b_row, int64_t next_panel) {
  if constexpr (Rows > 1) {
    load_once<kTop>(a, a_row);
  } else {
    load<kTop>(a, a_row);
  }
  load<kEven>(b, b_row);
  Product::template add<0, kTop, kEven>();
  if constexpr (Columns > 1) {
    load<kOdd>(b + kLine, b_row);
    Product::template add<1, kTop, kOdd>();
  }
  if constexpr (Rows > 1) {
    load_once<kBottom>(a + a_below, a_row);
    Product::template add<2, kBottom, kEven>();
    if constexpr (Columns > 1) Product::template add<3, kBottom, kOdd>();
  }
  if constexpr (Columns > 2) {
    load<kEven>(b + next_panel, b_row);
    Product::template add<2, kTop, kEven>();
  }
  if constexpr (Columns > 3) {
    load<kOdd>(b + next_panel + kLine, b_row);
    Product::template add<3, kTop, kOdd>();
  }
}

// The last step, of fewer than sixteen words: behind them may lie anything, also what is no number.
template <typename Product, int Rows, int Columns>
[[gnu::noinline]] void add_last_step(int64_t words, const char* a, const char* b, const Place& place) {
  constexpr int64_t kPanelLine = 2 * kLine;
  alignas(64) char left[Rows * kSide * kLine] = {}, right[2 * kSide * kPanelLine] = {};
  for (int64_t r = 0; r < place.top; ++r) memcpy(left + r * kLine, a + r * place.a_row, (size_t)(4 * words));
  if constexpr (Rows > 1)
    for (int64_t r = 0; r < place.bottom; ++r)
      memcpy(left + (kSide + r) * kLine, a + place.a_below + r * place.a_row, (size_t)(4 * words));
  for (int64_t panel = 0; panel < (Columns + 1) / 2; ++panel)
    for (int64_t i = 0; i < words; ++i)
      memcpy(right + (panel * kSide + i) * kPanelLine, b + panel * place.next_panel + i * place.b_row, kPanelLine);
  add_step<Product, Rows, Columns>(left, kLine, kSide * kLine, right, kPanelLine, kSide * kPanelLine);
}

// `Rows` times sixteen rows, or fewer, by `Columns` times sixteen columns.
template <typename Product, int Rows, int Columns>
[[gnu::noinline]] void piece(int64_t words, const Place& place, Write write) {
  const int64_t c_row = place.c_row;
  const auto sums_at = [&](int row, int column) { return place.c + row * kSide * c_row + column * kLine; };
  for_each_sum<Rows, Columns>([&]<int Sums>(int row, int column) {
    if (write == Write::resume) {
      load<Sums>(sums_at(row, column), c_row);
    } else {
      clear<Sums>();
    }
  });
  const char *a = place.a, *b = place.b, *ahead = place.ahead;
  [[maybe_unused]] const char* next_c = place.next_c;
  for (; words >= kSide; words -= kSide) {
    for (int64_t byte = 0; byte < place.ahead_step; byte += kLine) __builtin_prefetch(ahead + byte, 0, 2);
    ahead += place.ahead_step;
    if constexpr (Rows > 1) {
      for (int64_t row = 0; row < 2; ++row, next_c += c_row)
        for (int64_t column = 0; column < Columns; ++column) __builtin_prefetch(next_c + column * kLine, 1);
    }
    add_step<Product, Rows, Columns>(a, place.a_row, place.a_below, b, place.b_row, place.next_panel);
    a += place.a_step;
    b += kSide * place.b_row;
  }
  if (words > 0) add_last_step<Product, Rows, Columns>(words, a, b, place);
  for_each_sum<Rows, Columns>([&]<int Sums>(int row, int column) { store<Sums>(sums_at(row, column), c_row); });
}

// Columns that do not fill registers: a piece of whole ones beside C, copied.
template <typename Product, int Rows, int Columns>
[[gnu::noinline]] void narrow_piece(int64_t words, int64_t columns, const Place& whole, Write write) {
  alignas(64) char apart[Rows * kSide * Columns * kLine] = {};
  Place place = whole;
  place.c = apart;
  place.c_row = Columns * kLine;
  const int64_t rows = place.top + (Rows > 1 ? place.bottom : 0);
  const size_t bytes = (size_t)(4 * columns);
  for (int64_t r = 0; r < rows && write == Write::resume; ++r)
    memcpy(apart + r * place.c_row, whole.c + r * whole.c_row, bytes);
  piece<Product, Rows, Columns>(words, place, write);
  for (int64_t r = 0; r < rows; ++r) memcpy(whole.c + r * whole.c_row, apart + r * place.c_row, bytes);
}

template <typename Product, int Rows, int Columns>
void piece_of(int64_t words, int64_t columns, const Place& place, Write write) {
  if constexpr (Columns > 1) {
    if (columns <= (Columns - 1) * kSide) return piece_of<Product, Rows, Columns - 1>(words, columns, place, write);
  }
  if (columns < Columns * kSide) return narrow_piece<Product, Rows, Columns>(words, columns, place, write);
  piece<Product, Rows, Columns>(words, place, write);
}

// Some rows, `Rows` times sixteen at a time or fewer, by all columns.
template <typename Product, int Rows>
void band(int64_t rows, int64_t words, Place place, int64_t columns, Write write) {
  constexpr int64_t height = Rows * kSide, kPanels = Rows > 1 ? 1 : 2, width = kPanels * kPanelColumns;
  const int64_t pieces = (rows + height - 1) / height, steps = (words + kSide - 1) / kSide;
  // The next columns of B come while the rows of these pass by: each piece brings its share. Where few pass by, B is
  // one stream that the processor foresees itself, and a register waits behind prefetches.
  place.ahead_step = pieces > 2 ? kPanels * kSide * place.b_row / pieces / kLine * kLine : 0;
  for (int64_t j = 0; j < columns; j += width) {
    Place at = place;
    at.ahead = place.b + kPanels * place.next_panel;
    for (int64_t i = 0; i < rows; i += height) {
      // The rows of C that the next piece adds to, or replaces, come meanwhile.
      at.next_c = i + height < rows ? at.c + height * at.c_row : place.c + width * 4;
      piece_of<Product, Rows, 2 * kPanels>(words, columns - j < width ? columns - j : width, at, write);
      at.a += Rows * at.a_below;
      at.c += height * at.c_row;
      at.ahead += steps * at.ahead_step;
    }
    place.b += kPanels * place.next_panel;
    place.c += width * 4;
  }
}

// Pieces of 32 rows, then what is left, over as many columns as stay in the second-level cache.
template <typename Product, bool InPanels>
void tile(int64_t m, int64_t words, const void* left, int64_t lda, const typename Product::Operand* b, int64_t ldb,
          int64_t next_panel, typename Product::Sum* c, int64_t ldc, int64_t columns, Write write) {
  if (m <= 0) return;
  constexpr int64_t kSize = sizeof(*b), kHeight = 2 * kSide, kColumns = 16 * kPanelColumns;
  hold();
  Place place = {.a = (const char*)left,
                 .a_row = InPanels ? kLine : lda * kSize,
                 .a_step = InPanels ? kSide * kLine : kLine,
                 .a_below = (InPanels ? 1 : kSide) * lda * kSize,
                 .b = (const char*)b,
                 .b_row = ldb * kSize,
                 .next_panel = next_panel * kSize,
                 .c = (char*)c,
                 .c_row = ldc * 4,
                 .top = kSide,
                 .bottom = kSide,
                 .ahead = nullptr,
                 .ahead_step = 0,
                 .next_c = nullptr};
  const int64_t whole = m / kHeight * kHeight, rest = m - whole;
  for (int64_t j = 0; j < columns; j += kColumns) {
    const int64_t some = columns - j < kColumns ? columns - j : kColumns;
    if (whole > 0) {
      shape(kSide, kSide);
      band<Product, 2>(whole, words, place, some, write);
    }
    if (rest > 0) {
      Place below = place;
      below.a += whole / kSide * place.a_below;
      below.c += whole * place.c_row;
      below.top = rest < kSide ? rest : kSide;
      below.bottom = rest < kSide ? rest : rest == kSide ? kSide : rest - kSide;
      shape(below.top, below.bottom);
      if (rest > kSide) {
        band<Product, 2>(rest, words, below, some, write);
      } else {
        band<Product, 1>(rest, words, below, some, write);
      }
    }
    place.b += kColumns / kPanelColumns * place.next_panel;
    place.c += kColumns * 4;
  }
  release();
}

}  // namespace
}  // namespace cohort::kernels
