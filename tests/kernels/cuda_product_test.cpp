// Products on the tensor cores, run on the host (cuda_emulation): every kernel against float64, and all of them the
// same bits.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "cublasLt.h"
#include "cuda_runtime.h"
#include "kernels/cuda/hopper_product.cuh"
#include "kernels/cuda/product.cuh"

using namespace cohort::kernels;

namespace {

std::vector<float> noise(int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(size);
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<bfloat16> rounded(const std::vector<float>& values) {
  std::vector<bfloat16> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) result[i] = to_bfloat16(values[i]);
  return result;
}

// Values at multiples of 16 bytes, in rows of `pitch`; between rows NaN.
struct Rows {
  Rows(const std::vector<bfloat16>& values, int64_t columns, int64_t row_pitch)
      : pitch(row_pitch), chunks(values.size() / columns * row_pitch / kChunkElements) {
    std::memset(chunks.data(), 0xff, chunks.size() * sizeof chunks[0]);
    for (size_t i = 0; i < values.size(); ++i) data()[i / columns * pitch + i % columns] = values[i];
  }
  bfloat16* data() { return chunks[0].elements; }

  struct alignas(16) Chunk {
    bfloat16 elements[kChunkElements];
  };
  int64_t pitch;
  std::vector<Chunk> chunks;
};

struct Problem {
  int64_t rows, columns, depth;
  std::vector<float> x = noise(rows * depth, 1);                      // [rows, depth]
  std::vector<bfloat16> weight = rounded(noise(columns * depth, 2));  // [columns, depth]
  std::vector<float> bias = noise(columns, 3), residual = noise(rows * columns, 4);

  // |got − Σ| of what float32 sums may be away.
  double worst(const std::vector<float>& got, bool adds = true) const {
    double error = 0;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        double sum = 0, size = 1;
        for (int64_t k = 0; k < depth; ++k) {
          const double product = double{to_float(to_bfloat16(x[i * depth + k]))} * to_float(weight[j * depth + k]);
          sum += product, size += std::abs(product);
        }
        if (adds) sum += double{bias[j]} + residual[i * columns + j];
        const double away = std::abs(got[i * columns + j] - sum) / size;
        error = away <= HUGE_VAL ? std::max(error, away) : HUGE_VAL;
      }
    return error;
  }
  std::vector<float> unwritten() const { return std::vector<float>(rows * columns, NAN); }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<bfloat16> transposed(const std::vector<bfloat16>& matrix, int64_t rows, int64_t columns) {
  std::vector<bfloat16> result(matrix.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) result[j * rows + i] = matrix[i * columns + j];
  return result;
}

// While it lives launches see a Hopper.
struct AsHopper {
  AsHopper() { emulation::capability_major = 9; }
  ~AsHopper() { emulation::capability_major = 8; }
};

float gated_by(Gate kind, float gate, float up) {
  float y = NAN;
  with_gate(kind, [&](auto of) { y = gated<decltype(of)::value>(gate, up); });
  return y;
}

int64_t whole_chunks(int64_t size) { return ceil_divide(size, kChunkElements) * kChunkElements; }

}  // namespace

TEST_CASE("every kernel of a product gives the same bits, near float64") {
  for (const auto& [rows, columns, depth] : {std::array<int64_t, 3>{1, 1, 1},
                                             {8, 16, 64},
                                             {7, 33, 300},
                                             {16, 40, 1100},
                                             {9, 70, 2200},
                                             {32, 70, 520},
                                             {64, 96, 256},
                                             {65, 130, 72},
                                             {131, 65, 100},
                                             {3, 20, 5200}}) {
    const Problem problem{rows, columns, depth};
    CAPTURE(rows);
    CAPTURE(depth);
    const auto x = rounded(problem.x);
    const int64_t pitch = whole_chunks(depth);
    Rows a(x, depth, pitch), b(problem.weight, depth, pitch);
    Rows a_across(transposed(x, rows, depth), rows, whole_chunks(rows)),
        b_across(transposed(problem.weight, columns, depth), columns, whole_chunks(columns));
    const Side<true> a_side{a.data(), rows, pitch}, b_side{b.data(), columns, pitch};
    const Side<false> a_side_across{a_across.data(), rows, a_across.pitch},
        b_side_across{b_across.data(), columns, b_across.pitch};

    std::vector<float> first;
    const auto check = [&](const char* kernel, const auto& run) {
      CAPTURE(kernel);
      for (const auto order : {emulation::Order::forward, emulation::Order::random}) {
        auto y = problem.unwritten();
        emulation::order = order;
        run(Result<float>{y.data(), false, problem.bias.data(), problem.residual.data()});
        emulation::order = emulation::Order::forward;
        if (first.empty()) {
          first = y;
          CHECK(problem.worst(y) < 1e-6);
        }
        CHECK(same_bits(y, first));
      }
    };
    check("large", [&](auto result) { launch_many_rows<LargeTile>("", a_side, b_side, depth, result, nullptr); });
    check("small", [&](auto result) { launch_many_rows<SmallTile>("", a_side, b_side, depth, result, nullptr); });
    check("weight by rows",
          [&](auto result) { launch_many_rows<LargeTile>("", a_side, b_side_across, depth, result, nullptr); });
    check("both by rows",
          [&](auto result) { launch_many_rows<SmallTile>("", a_side_across, b_side_across, depth, result, nullptr); });
    check("large, both by rows",
          [&](auto result) { launch_many_rows<LargeTile>("", a_side_across, b_side_across, depth, result, nullptr); });
    const auto few = [&](auto tile, const char* name) {
      using Tile = decltype(tile);
      if (rows > Tile::kRows) return;
      check(name, [&](auto result) { launch_few_rows<Tile>("", a_side, b_side, depth, result, nullptr); });
    };
    few(SixtyFourRows<1>(), "64");
    few(SixtyFourRows<4>(), "64, sums over warps");
    few(ThirtyTwoRows<2>(), "32, sums over pairs of warps");
    few(SixteenRows<1>(), "16");
    few(SixteenRows<2>(), "16, sums over pairs of warps");
    if (rows <= kThinRows)
      for (const ThinShape shape : {ThinShape{static_cast<int>(rows), 1, 1}, ThinShape{static_cast<int>(rows), 2, 1},
                                    ThinShape{static_cast<int>(rows), 1, 3}, ThinShape{static_cast<int>(rows), 2, 2}})
        for (const bool is_weight : {false, true}) {
          Side<true> columns_side = b_side;
          columns_side.is_weight = is_weight;
          check("thin", [&](auto result) {
            launch_blocks("", multiply_thin_rows,
                          Blocks{ceil_divide(columns, shape.columns()), shape.warps() * 32, shape.shared_bytes(), true},
                          nullptr, a_side, columns_side, depth, shape, result);
          });
        }
    const AsHopper as_hopper;
    const int parts = static_cast<int>(ceil_divide(depth, kSumDepth));
    const auto on_hopper = [&](auto tile, const char* name) {
      using Tile = decltype(tile);
      if (Tile::kHasOneSum && parts > 1) return;
      for (const int of : {1, parts})
        for (const bool is_weight : {false, true})
          check(name, [&](auto result) {
            multiply_in_tiles<Tile>("", a_side, {b_side.data, b_side.size, b_side.stride, is_weight}, depth, result, of,
                                    nullptr);
          });
    };
    on_hopper(HopperTile<1, 64, 8>(), "Hopper, 64 x 64");
    on_hopper(HopperTile<2, 64, 8>(), "Hopper, 128 x 64");
    on_hopper(HopperTile<2, 128, 6>(), "Hopper, 128 x 128");
    on_hopper(HopperTile<2, 192, 5>(), "Hopper, 128 x 192");
    on_hopper(HopperTile<3, 128, 5>(), "Hopper, 192 x 128");
    on_hopper(HopperTile<3, 192, 4, true>(), "Hopper, 192 x 192");
    check("as chosen on Hopper", [&](auto result) { multiply_on_hopper("", a_side, b_side, depth, result, nullptr); });
  }
}

TEST_CASE("a product that gates on Hopper has the bits of one that is gated") {
  for (const auto& [width, kind] : {std::pair<int64_t, Gate>{90, Gate::silu},
                                    {104, Gate::silu},
                                    {90, Gate::gelu_tanh},
                                    {104, Gate::gelu_tanh},
                                    {104, Gate::gelu}}) {
    CAPTURE(width);
    CAPTURE(static_cast<int>(kind));
    const int64_t rows = 70, depth = 136;
    const auto x = rounded(noise(rows * depth, 1)), weight = rounded(noise(2 * width * depth, 2));
    const auto bias = noise(2 * width, 3);
    Rows a(x, depth, depth), b(weight, depth, depth);
    const Side<true> a_side{a.data(), rows, depth}, b_side{b.data(), 2 * width, depth};
    std::vector<float> products(rows * 2 * width, NAN);
    launch_many_rows<SmallTile>("", a_side, b_side, depth, Result<float>{products.data(), false, bias.data()}, nullptr);
    const AsHopper as_hopper;
    const auto run = [&](auto tile) {
      for (const bool keeps : {false, true}) {
        std::vector<bfloat16> y(rows * width), kept(rows * 2 * width);
        gate_in_tiles<decltype(tile)>("", a_side, b_side, depth, kind, bias.data(), y.data(),
                                      keeps ? kept.data() : nullptr, nullptr);
        int different = 0;
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t j = 0; j < width; ++j) {
            const float gate = products[i * 2 * width + j], up = products[i * 2 * width + width + j];
            different += y[i * width + j].bits != to_bfloat16(gated_by(kind, gate, up)).bits;
            if (!keeps) continue;
            different += kept[i * 2 * width + j].bits != to_bfloat16(gate).bits;
            different += kept[i * 2 * width + width + j].bits != to_bfloat16(up).bits;
          }
        CHECK(different == 0);
      }
    };
    run(HopperTile<1, 64, 8>());
    run(HopperTile<3, 128, 5>());
    run(HopperTile<3, 192, 4, true>());
  }
}

TEST_CASE("a product as it is launched has those bits too") {
  for (const auto& [rows, columns, depth] : {std::array<int64_t, 3>{5, 33, 300}, {20, 40, 1100}, {70, 40, 64}}) {
    const Problem problem{rows, columns, depth};
    const auto x = rounded(problem.x);
    const int64_t pitch = whole_chunks(depth);
    Rows a(x, depth, pitch), b(problem.weight, depth, pitch);
    auto first = problem.unwritten();
    launch_many_rows<SmallTile>("", Side<true>{a.data(), rows, pitch}, Side<true>{b.data(), columns, pitch}, depth,
                                Result<float>{first.data(), false, problem.bias.data(), problem.residual.data()},
                                nullptr);
    const auto check = [&](const char* name, const auto& run) {
      CAPTURE(name);
      auto y = problem.unwritten();
      run(Result<float>{y.data(), false, problem.bias.data(), problem.residual.data()});
      CHECK(same_bits(y, first));
    };
    check("as chosen", [&](auto result) {
      launch_product("", Operand<bfloat16, float, true>{problem.x.data(), rows, depth},
                     Operand<bfloat16, bfloat16, true>{problem.weight.data(), columns, depth}, depth, result, nullptr);
    });
  }
}

TEST_CASE("a product goes on from what is there, and its sums may come in several calls") {
  constexpr int64_t kDepth = kSumDepth + 344;
  const Problem problem{40, 72, kDepth};
  const auto x = transposed(rounded(problem.x), 40, kDepth), weight = transposed(problem.weight, 72, kDepth);
  const auto start = noise(40 * 72, 9);
  const auto part = [&](std::vector<float>& sums, int64_t from, int64_t depth) {
    launch_product("", Operand<bfloat16, bfloat16, false>{x.data() + from * 40, 40, 40},
                   Operand<bfloat16, bfloat16, false>{weight.data() + from * 72, 72, 72}, depth,
                   Result<float>{sums.data(), true}, nullptr);
  };
  auto whole = start, parts = start;
  part(whole, 0, kDepth);
  part(parts, 0, kSumDepth);
  part(parts, kSumDepth, 344);
  CHECK(same_bits(whole, parts));
  std::vector<float> added(whole.size());
  for (size_t i = 0; i < added.size(); ++i) added[i] = whole[i] - start[i];
  CHECK(problem.worst(added, false) < 1e-5);
}

TEST_CASE("products by the library are near float64, and what it cannot do is done without it") {
  for (const auto& [rows, columns, depth] : {std::array<int64_t, 3>{1, 1, 8}, {5, 33, 300}, {70, 40, 64}, {9, 12, 5}}) {
    const Problem problem{rows, columns, depth};
    CAPTURE(depth);
    const auto across = transposed(problem.weight, columns, depth),
               x_across = transposed(rounded(problem.x), rows, depth);
    const Operand<bfloat16, float, true> x{problem.x.data(), rows, depth};
    const Operand<bfloat16, bfloat16, true> weight{problem.weight.data(), columns, depth};
    const Operand<bfloat16, bfloat16, false> weight_across{across.data(), columns, columns},
        x_by_depth{x_across.data(), rows, rows};
    const int64_t before = emulation::products_by_library;
    const auto check = [&](const auto& a, const auto& b) {
      auto y = problem.unwritten();
      const Result<float> result{y.data(), false, problem.bias.data(), problem.residual.data()};
      launch_product("", a, b, depth, result, nullptr, Mode::fast);
      CHECK(problem.worst(y) < 1e-6);
      // On top of itself.
      launch_product("", a, b, depth, Result<float>{y.data(), true}, nullptr, Mode::fast);
      for (size_t i = 0; i < y.size(); ++i) y[i] = (y[i] + problem.bias[i % columns] + problem.residual[i]) / 2;
      CHECK(problem.worst(y) < 1e-6);
    };
    check(x, weight);
    check(x, weight_across);
    check(x_by_depth, weight);
    check(x_by_depth, weight_across);
    CHECK(emulation::products_by_library - before == (depth >= 8 ? 8 : 0));
  }
}

TEST_CASE("shared memory of each kernel is what a block of sm_80 can have") {
  for (const int bytes : {LargeTile::kSharedBytes<true, true>, LargeTile::kSharedBytes<false, false>,
                          SmallTile::kSharedBytes<true, false>, ThinShape{8, 4, 1}.shared_bytes(),
                          thin_shape(8, 4096, 12288, {80, 108}).shared_bytes(), SixteenRows<4>::kSharedBytes,
                          ThirtyTwoRows<4>::kSharedBytes, SixtyFourRows<4>::kSharedBytes}) {
    CAPTURE(bytes);
    CHECK(bytes <= kMaxSharedBytes);
  }
}

TEST_CASE("lanes that load a matrix together read different banks") {
  const auto is_spread = [](const std::function<int(int)>& address_of_row) {
    unsigned banks = 0;
    for (int row = 0; row < 8; ++row) banks |= 1u << address_of_row(row) / 16 % 8;
    return banks == 0xff;
  };
  for (int chunk = 0; chunk < 8; ++chunk) {
    CHECK(is_spread([&](int row) { return SlabTile<64, true>::at(row, chunk); }));
    CHECK(is_spread([&](int row) { return SlabTile<128, true>::at(8 + row, chunk); }));
    CHECK(is_spread([&](int row) { return SlabTile<64, false>::at(row, chunk); }));
    CHECK(is_spread([&](int row) { return SlabTile<128, false>::at(16 + row, 8 + chunk); }));
  }
}
