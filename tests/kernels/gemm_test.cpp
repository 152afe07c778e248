#include "kernels/cpu/gemm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

#include "support/isas.hpp"

using namespace cohort::kernels;
using cohort::testing::on_every_isa;

namespace {

constexpr int kLeft = 1;  // scratch slot

template <typename Operand>
struct Matrix {
  std::vector<Operand> rows;                // [m, k]
  std::vector<Activation<Operand>> values;  // the same numbers
};

template <typename Operand>
Matrix<Operand> random_matrix(int64_t m, int64_t k, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Matrix<Operand> matrix;
  for (int64_t i = 0; i < m * k; ++i) {
    if constexpr (std::is_same_v<Operand, bfloat16>) {
      matrix.rows.push_back(to_bfloat16(normal(random)));
    } else {
      matrix.rows.push_back(normal(random));
    }
    matrix.values.push_back(to_float(matrix.rows.back()));
  }
  return matrix;
}

template <typename Operand>
std::vector<Operand> pack(const Matrix<Operand>& b, int64_t n, int64_t k) {
  std::vector<Operand> panels(panels_size<Operand>(n, k));
  pack_transposed<Operand>(b.rows.data(), n, k, panels.data());
  return panels;
}

template <typename Operand>
void check_against_float64(double tolerance) {
  using Sum = typename Product<Operand>::Sum;
  for (const int64_t m : {1, 2, 3, 5, 12, 13, 25, 70})
    for (const auto& [n, k] :
         {std::pair<int64_t, int64_t>{1, 1}, {31, 7}, {32, 64}, {65, 33}, {96, 2049}, {40, 4100}}) {
      CAPTURE(m);
      CAPTURE(n);
      CAPTURE(k);
      const auto a = random_matrix<Operand>(m, k, 1), b = random_matrix<Operand>(n, k, 2);
      const auto panels = pack(b, n, k);
      std::vector<Sum> c(m * n, std::numeric_limits<Sum>::quiet_NaN());
      gemm<Operand>(m, n, k, left_rows<Operand>(a.values.data(), m, k, kLeft), panels.data(), c.data(), n,
                    Write::store);
      double worst = 0;
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0;
          for (int64_t p = 0; p < k; ++p) sum += double{a.values[i * k + p]} * b.values[j * k + p];
          const double error = std::abs(c[i * n + j] - sum);
          worst = std::isnan(error) ? INFINITY : std::max(worst, error);
        }
      // Partial sums of k normal products grow like √k, and so does each rounding: the error is of the order of ε · k.
      CHECK(worst <= tolerance * static_cast<double>(k + 10));
    }
}

template <typename Operand>
void check_rows_do_not_know_their_number() {
  using Sum = typename Product<Operand>::Sum;
  const int64_t m = 97, n = 70, k = 577;
  const auto a = random_matrix<Operand>(m, k, 3), b = random_matrix<Operand>(n, k, 4);
  const auto panels = pack(b, n, k);
  std::vector<Sum> all(m * n), some(m * n);
  const Left<Operand> left = left_rows<Operand>(a.values.data(), m, k, kLeft);
  gemm<Operand>(m, n, k, left, panels.data(), all.data(), n, Write::store);
  for (int64_t rows = 1; rows < m; rows += 3)
    for (const int64_t first : {int64_t{0}, m - rows}) {
      gemm<Operand>(rows, n, k, left.from(first * left.stride), panels.data(), some.data(), n, Write::store);
      int64_t different = 0;
      for (int64_t i = 0; i < rows * n; ++i) different += some[i] != all[first * n + i];
      CAPTURE(rows);
      CHECK(different == 0);
    }
}

template <typename Operand>
void check_left_panels() {
  using Sum = typename Product<Operand>::Sum;
  for (const auto& [m, n, k] :
       {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1}, {12, 32, 64}, {50, 70, 577}, {205, 33, 1300}}) {
    CAPTURE(m);
    const auto a = random_matrix<Operand>(m, k, 5), b = random_matrix<Operand>(n, k, 6);
    const auto panels = pack(b, n, k);
    std::vector<Activation<Operand>> transposed(k * m);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t p = 0; p < k; ++p) transposed[p * m + i] = a.values[i * k + p];
    std::vector<Sum> expected(m * n), got(m * n);
    gemm<Operand>(m, n, k, left_rows<Operand>(a.values.data(), m, k, kLeft), panels.data(), expected.data(), n,
                  Write::store);
    gemm<Operand>(m, n, k, left_panels<Operand>(transposed.data(), m, k, m, kLeft), panels.data(), got.data(), n,
                  Write::store);
    CHECK(got == expected);
  }
}

template <typename Operand>
void check_resumed_sums() {
  using Sum = typename Product<Operand>::Sum;
  const int64_t m = 9, n = 50, k = 300, cut = 128;
  const auto a = random_matrix<Operand>(m, k, 7), b = random_matrix<Operand>(n, k, 8);
  const auto panels = pack(b, n, k);
  std::vector<Sum> whole(m * n), parts(m * n);
  std::vector<Operand> rows(n * k), first(panels_size<Operand>(n, cut)), second(panels_size<Operand>(n, k - cut));
  for (int64_t p = 0; p < k; ++p)
    for (int64_t j = 0; j < n; ++j) rows[p * n + j] = b.rows[j * k + p];
  pack_rows<Operand>(rows.data(), n, cut, n, first.data());
  pack_rows<Operand>(rows.data() + cut * n, n, k - cut, n, second.data());
  const Left<Operand> left = left_rows<Operand>(a.values.data(), m, k, kLeft);
  gemm<Operand>(m, n, k, left, panels.data(), whole.data(), n, Write::store);
  gemm<Operand>(m, n, cut, left, first.data(), parts.data(), n, Write::store);
  gemm<Operand>(m, n, k - cut, left.from(cut), second.data(), parts.data(), n, Write::resume);
  CHECK(parts == whole);
}

}  // namespace

TEST_CASE("products equal float64 sums within the rounding of their accumulator, for every shape and body") {
  on_every_isa([] {
    check_against_float64<float>(2.4e-7);
    check_against_float64<bfloat16>(2.4e-7);
    check_against_float64<double>(5e-16);
  });
}

TEST_CASE("a product over nothing is zero, or what is there already") {
  on_every_isa([] {
    const std::vector<float> nothing(64);
    std::vector<float> c(3 * 40, 5.0f);
    gemm<float>(3, 40, 0, {nothing.data(), 0}, nothing.data(), c.data(), 40, Write::resume);
    CHECK(c == std::vector<float>(3 * 40, 5.0f));
    gemm<float>(3, 40, 0, {nothing.data(), 0}, nothing.data(), c.data(), 40, Write::store);
    CHECK(c == std::vector<float>(3 * 40, 0.0f));
  });
}

TEST_CASE("a row of a product has the same bits whatever rows are computed with it") {
  on_every_isa([] {
    check_rows_do_not_know_their_number<float>();
    check_rows_do_not_know_their_number<bfloat16>();
    check_rows_do_not_know_their_number<double>();
  });
}

TEST_CASE("a left operand in panels, packed from the rows of its transpose, gives the bits of one in rows") {
  on_every_isa([] {
    check_left_panels<float>();
    check_left_panels<bfloat16>();
    check_left_panels<double>();
  });
}

TEST_CASE("panels packed from rows equal panels packed from their transpose, from float32 as from bfloat16") {
  on_every_isa([] {
    const int64_t n = 45, k = 1201;
    const auto b = random_matrix<bfloat16>(n, k, 6);
    const auto expected = pack(b, n, k);
    std::vector<bfloat16> by_rows(k * n);
    std::vector<float> wide(k * n);
    for (int64_t p = 0; p < k; ++p)
      for (int64_t j = 0; j < n; ++j) {
        by_rows[p * n + j] = b.rows[j * k + p];
        wide[p * n + j] = to_float(by_rows[p * n + j]);
      }
    std::vector<bfloat16> panels(expected.size());
    const auto count_different = [&] {
      int64_t different = 0;
      for (size_t i = 0; i < panels.size(); ++i) different += panels[i].bits != expected[i].bits;
      return different;
    };
    pack_rows<bfloat16>(by_rows.data(), n, k, n, panels.data());
    CHECK(count_different() == 0);
    panels.assign(expected.size(), {});
    pack_rows<bfloat16>(wide.data(), n, k, n, panels.data());
    CHECK(count_different() == 0);
  });
}

TEST_CASE("a sum that is resumed equals one that was never cut") {
  on_every_isa([] {
    check_resumed_sums<float>();
    check_resumed_sums<bfloat16>();
    check_resumed_sums<double>();
  });
}

TEST_CASE("what lies behind the rows and columns of k does not reach a product, though it be no number") {
  on_every_isa([] {
    for (const int64_t m : {1, 5, 16, 21, 40})
      for (const int64_t k : {2, 20, 32, 58}) {
        CAPTURE(m);
        CAPTURE(k);
        const int64_t n = 40, whole = 96, steps = k / 2;
        auto a = random_matrix<bfloat16>(m, whole, 9), b = random_matrix<bfloat16>(n, whole, 10);
        const auto product = [&](const Left<bfloat16>& left) {
          const auto panels = pack(b, n, whole);
          std::vector<float> c(m * n);
          isa().tile_bfloat16.rows(m, steps, left.data, left.stride, panels.data(), 2 * kPanelColumns,
                                   panel_size<bfloat16>(whole), c.data(), n, n, Write::store);
          return c;
        };
        const auto expected = product(left_rows<bfloat16>(a.values.data(), m, whole, kLeft));
        for (int64_t p = k; p < whole; ++p) {
          for (int64_t i = 0; i < m; ++i) a.values[i * whole + p] = NAN;
          for (int64_t j = 0; j < n; ++j) b.rows[j * whole + p] = to_bfloat16(NAN);
        }
        CHECK(product(left_rows<bfloat16>(a.values.data(), m, whole, kLeft)) == expected);
      }
  });
}

TEST_CASE("bfloat16 rounds to nearest even and keeps NaN and infinity, in one and in many") {
  const float values[] = {0.0f, -0.0f, 1.0f, 1.00390625f, 1.01171875f, 3.3895314e38f, INFINITY, -INFINITY, NAN, 1e-40f};
  on_every_isa([&] {
    // In runs: some registers hold a subnormal number, some do not, and some numbers come behind the last register.
    for (int first = 0; first < 10; ++first) {
      float row[77];
      bfloat16 many[77];
      for (int i = 0; i < 77; ++i) row[i] = values[i < 64 ? (first + i / 7) % 10 : (first + i) % 10];
      isa().to_bfloat16(row, many, 77);
      for (int i = 0; i < 77; ++i) CHECK(many[i].bits == to_bfloat16(row[i]).bits);
    }
  });
  CHECK(to_float(to_bfloat16(1.00390625f)) == 1.0f);       // halfway, down to even
  CHECK(to_float(to_bfloat16(1.01171875f)) == 1.015625f);  // halfway, up to even
  CHECK(std::isnan(to_float(to_bfloat16(NAN))));
}
