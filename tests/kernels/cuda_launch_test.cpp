// The CUDA bodies, run on the host (cuda_emulation/cuda_runtime.h), against the CPU bodies.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <tuple>
#include <type_traits>
#include <vector>

#include "compare.hpp"
#include "cuda_runtime.h"
#include "kernels/adamw.hpp"
#include "kernels/adamw_compact.hpp"
#include "kernels/advance_rows.hpp"
#include "kernels/attention.hpp"
#include "kernels/copy_blocks.hpp"
#include "kernels/embedding.hpp"
#include "kernels/gated_unit.hpp"
#include "kernels/linear.hpp"
#include "kernels/policy_loss.hpp"
#include "kernels/rms_norm.hpp"
#include "kernels/rotary.hpp"
#include "kernels/round_float8.hpp"
#include "kernels/scale_product.hpp"
#include "kernels/token_scores.hpp"

using namespace cohort::kernels;
using namespace cohort::testing;

namespace {

// A cache as it lies on a GPU, and as on the CPU: where nothing was written behind a value in a pair, zero stands
// there.
template <typename W>
std::vector<W> keys_on_cpu(const std::vector<W>& keys, int64_t head_dim) {
  std::vector<W> moved(keys.size());
  for (int64_t i = 0; i < std::ssize(keys); ++i) {
    const int64_t in_head = i % (head_dim * kBlockTokens);
    moved[i - in_head + key_index<W>(in_head / kBlockTokens, in_head % kBlockTokens)] = keys[i];
  }
  return moved;
}
template <typename W>
std::vector<W> values_on_cpu(const std::vector<W>& values, int64_t head_dim) {
  std::vector<W> moved(values.size());
  for (int64_t i = 0; i < std::ssize(values); ++i) {
    const int64_t in_head = i % (head_dim * kBlockTokens), column = in_head / head_dim;
    const bool absent = kCacheGroup<W> == 2 && column % 2 == 1 && std::isnan(to_float(values[i])) &&
                        !std::isnan(to_float(values[i - head_dim]));
    moved[i - in_head + value_index<W>(in_head % head_dim, column, head_dim)] = absent ? W{} : values[i];
  }
  return moved;
}

}  // namespace

TEST_CASE_TEMPLATE("blocks are copied up to a token and no further, on the CPU and emulated", W, float, bfloat16,
                   double) {
  const int64_t kv_heads = 3, head_dim = 34, num_blocks = 6, head_size = head_dim * kBlockTokens;
  const std::vector<BlockCopy> copies = {{0, 1, 1}, {0, 2, 31}, {4, 3, 12}, {4, 5, 17}};
  const auto keys = noise<W>(num_blocks * kv_heads * head_size, 1), values = noise<W>(keys.size(), 2);
  auto expected_keys = keys, expected_values = values;  // as they lie on a GPU
  for (const BlockCopy& copy : copies)
    for (int64_t head = 0; head < kv_heads; ++head)
      for (int64_t d = 0; d < head_dim; ++d)
        for (int64_t t = 0; t < copy.tokens; ++t) {
          const auto at = [&](int64_t block, int64_t i) { return (block * kv_heads + head) * head_size + i; };
          const int64_t key = d * kBlockTokens + t, value = t * head_dim + d;
          expected_keys[at(copy.to, key)] = keys[at(copy.from, key)];
          expected_values[at(copy.to, value)] = values[at(copy.from, value)];
        }
  const auto copied = [&](bool cuda, std::vector<W> to_keys, std::vector<W> to_values) {
    run_op(cuda,
           CopyBlocks<W>{to_keys.data(), to_values.data(), copies.data(), std::ssize(copies), kv_heads, head_dim});
    return std::pair(to_keys, to_values);
  };
  for (const auto order : {emulation::Order::forward, emulation::Order::backward, emulation::Order::random}) {
    emulation::order = order;
    const auto [got_keys, got_values] = copied(true, keys, values);
    check_same(got_keys, expected_keys);
    check_same(got_values, expected_values);
  }
  emulation::order = emulation::Order::forward;
  const auto [got_keys, got_values] = copied(false, keys_on_cpu(keys, head_dim), values_on_cpu(values, head_dim));
  check_same(got_keys, keys_on_cpu(expected_keys, head_dim));
  check_same(got_values, values_on_cpu(expected_values, head_dim));
}

TEST_CASE_TEMPLATE("emulated rounding to float8 is the CPU's", W, float, bfloat16) {
  for (const auto& [rows, width] : {std::pair<int64_t, int64_t>{3, 1}, {5, 64}, {2, 2056}, {4, 333}, {0, 16}}) {
    auto x = noise<W>(rows * width, 4, 1e3);
    if (rows == 5) std::fill_n(x.begin(), width, W{});
    if (rows == 4) x[7] = number<W>(NAN);
    const auto rounded = [&](bool cuda) {
      std::vector<float8> q(rows * width, float8{0x55});
      std::vector<float> scales = unwritten<float>(rows);
      run_op(cuda, RoundFloat8<W>{x.data(), q.data(), scales.data(), rows, width});
      return std::pair(q, scales);
    };
    const auto expected = rounded(false);
    for (const auto order : {emulation::Order::forward, emulation::Order::backward, emulation::Order::random}) {
      emulation::order = order;
      const auto [q, scales] = rounded(true);
      check_same(q, expected.first);
      check_same(scales, expected.second);
    }
    emulation::order = emulation::Order::forward;
  }
}

TEST_CASE("emulated scales of a product are the CPU's") {
  for (const auto& [rows, width] : {std::pair<int64_t, int64_t>{1, 1}, {7, 333}, {0, 16}}) {
    const auto product = noise<float>(rows * width, 1), row_scales = noise<float>(rows, 2),
               column_scales = noise<float>(width, 3), bias = noise<float>(width, 4),
               residual = noise<float>(rows * width, 5);
    for (const bool with_bias : {false, true})
      for (const bool with_residual : {false, true})
        compare(
            0,
            [&](bool cuda, auto& y) {
              run_op(cuda, ScaleProduct{product.data(), row_scales.data(), column_scales.data(),
                                        with_bias ? bias.data() : nullptr, with_residual ? residual.data() : nullptr,
                                        y.data(), rows, width});
            },
            unwritten<float>(rows * width));
  }
}

TEST_CASE_TEMPLATE("emulated embedding is the CPU's", W, float, bfloat16, double) {
  using T = Activation<W>;
  const int64_t vocab = 7, width = 301, rows = 600;
  const auto weight = noise<W>(vocab * width, 1);
  std::vector<int64_t> tokens(rows);
  for (int64_t i = 0; i < rows; ++i) tokens[i] = i * i % 5 + (i % 97 == 0);
  compare(
      0,
      [&](bool cuda, auto& out) {
        run_op(cuda, EmbeddingForward<W>{weight.data(), tokens.data(), out.data(), rows, width, T(6.3125)});
      },
      unwritten<T>(rows * width));
  const auto grad = noise<T>(rows * width, 2);
  compare(
      0,
      [&](bool cuda, auto& dweight) {
        run_op(cuda, EmbeddingBackward<T>{grad.data(), tokens.data(), dweight.data(), rows, width, T(6.3125)});
      },
      noise<T>(vocab * width, 3));
}

TEST_CASE_TEMPLATE("emulated linear is the CPU's", W, float, bfloat16, double) {
  using T = Activation<W>;
  for (const auto& [rows, in, out] : {std::array<int64_t, 3>{1, 1, 1},
                                      {5, 17, 33},
                                      {16, 16, 32},
                                      {17, 40, 65},
                                      {70, 129, 67},
                                      {130, 7, 3},
                                      {0, 5, 5}}) {
    CAPTURE(rows);
    const auto x = noise<T>(rows * in, 1), bias = noise<T>(out, 2), dy = noise<T>(rows * out, 3),
               residual = noise<T>(rows * out, 7);
    const auto weight = noise<W>(out * in, 4);
    const auto panels = panels_of(weight, out, in), transposed = transposed_panels_of(weight, out, in);
    for (const T* b : {bias.data(), static_cast<const T*>(nullptr)})
      compare(
          0,
          [&](bool cuda, auto& y) {
            run_op(cuda, LinearForward<W>{x.data(), weight.data(), panels.data(), b, b ? residual.data() : nullptr,
                                          y.data(), rows, in, out});
          },
          unwritten<T>(rows * out));
    compare(
        0,
        [&](bool cuda, auto& dx) {
          run_op(cuda, LinearBackwardInput<W>{dy.data(), weight.data(), transposed.data(), dx.data(), rows, in, out});
        },
        unwritten<T>(rows * in));
    if constexpr (std::is_same_v<W, bfloat16>) {
      std::vector<W> dx(rows * in);
      auto exact = unwritten<T>(rows * in);
      LinearBackwardInput<W>{dy.data(), weight.data(), nullptr, exact.data(), rows, in, out}.run_cuda(nullptr);
      LinearBackwardInput<W>{dy.data(), weight.data(), nullptr, nullptr, rows, in, out, nullptr, dx.data()}.run_cuda(
          nullptr);
      for (size_t i = 0; i < dx.size(); ++i) CHECK(to_float(dx[i]) == to_float(to_bfloat16(exact[i])));
    }
    compare(
        0,
        [&](bool cuda, auto& dw, auto& db) {
          run_op(cuda, LinearBackwardWeight<W>{dy.data(), x.data(), dw.data(), db.data(), rows, in, out});
        },
        noise<T>(out * in, 5), noise<T>(out, 6));
  }
}

TEST_CASE_TEMPLATE("emulated linear: a row alone is the row among many, halves of a gradient are the whole", W, float,
                   bfloat16, double) {
  using T = Activation<W>;
  const int64_t rows = 81, first_rows = 64, in = 77, out = 70;
  const auto x = noise<T>(rows * in, 1), bias = noise<T>(out, 2), dy = noise<T>(rows * out, 3),
             residual = noise<T>(rows * out, 7);
  const auto weight = noise<W>(out * in, 4);
  auto all = unwritten<T>(rows * out);
  LinearForward<W>{x.data(), weight.data(), nullptr, bias.data(), residual.data(), all.data(), rows, in, out}.run_cuda(
      nullptr);
  for (const int64_t count : {1, 3, 8, 9, 16, 17, 33, 64, 65}) {
    auto some = unwritten<T>(count * out);
    LinearForward<W>{x.data() + 2 * in, weight.data(), nullptr, bias.data(), residual.data() + 2 * out,
                     some.data(),       count,         in,      out}
        .run_cuda(nullptr);
    CHECK(same_bits(some, std::vector<T>(all.begin() + 2 * out, all.begin() + (2 + count) * out)));
  }
  if (std::is_same_v<W, bfloat16>) return;  // those gradients are the library's
  auto whole = noise<T>(out * in, 5), halves = whole, dbias = noise<T>(out, 6), dbias_halves = dbias;
  LinearBackwardWeight<W>{dy.data(), x.data(), whole.data(), dbias.data(), rows, in, out}.run_cuda(nullptr);
  LinearBackwardWeight<W>{dy.data(), x.data(), halves.data(), dbias_halves.data(), first_rows, in, out}.run_cuda(
      nullptr);
  LinearBackwardWeight<W>{dy.data() + first_rows * out,
                          x.data() + first_rows * in,
                          halves.data(),
                          dbias_halves.data(),
                          rows - first_rows,
                          in,
                          out}
      .run_cuda(nullptr);
  CHECK(same_bits(whole, halves));
  CHECK(close(dbias, dbias_halves, 1e-5));
}

TEST_CASE_TEMPLATE("emulated rms_norm is the CPU's", T, float, double) {
  for (const auto& [rows, width] : {std::array<int64_t, 2>{1, 1}, {3, 31}, {20, 257}, {5, 1000}, {150, 36}, {0, 4}}) {
    const auto x = noise<T>(rows * width, 1), weight = noise<T>(width, 2), dy = noise<T>(rows * width, 3);
    compare(
        0,
        [&](bool cuda, auto& y, auto& inv) {
          run_op(cuda, RmsNormForward<T>{x.data(), weight.data(), y.data(), inv.data(), rows, width, T(1e-5)});
        },
        unwritten<T>(rows * width), unwritten<T>(rows));
    auto y = unwritten<T>(rows * width), inv = unwritten<T>(rows);
    RmsNormForward<T>{x.data(), weight.data(), y.data(), inv.data(), rows, width, T(1e-5)}.run_cpu();
    compare(
        0,
        [&](bool cuda, auto& dx, auto& dw) {
          run_op(cuda,
                 RmsNormBackward<T>{dy.data(), x.data(), weight.data(), inv.data(), dx.data(), dw.data(), rows, width});
        },
        noise<T>(rows * width, 4), noise<T>(width, 5));
  }
}

TEST_CASE_TEMPLATE("emulated gated units are the CPU's", W, float, bfloat16, double) {
  using T = Activation<W>;
  const int64_t rows = 7, width = 133;
  const auto gate_up = noise<T>(rows * 2 * width, 1, 4), dy = noise<T>(rows * width, 2);
  const auto kept = noise<W>(rows * 2 * width, 1, 4);
  for (const Gate kind : {Gate::silu, Gate::gelu_tanh, Gate::gelu}) {
    CAPTURE(static_cast<int>(kind));
    compare(
        0,
        [&](bool cuda, auto& y, auto& k) {
          run_op(cuda, GatedUnitForward<W>{gate_up.data(), y.data(), k.data(), rows, width, kind});
        },
        unwritten<T>(rows * width), unwritten<W>(rows * 2 * width));
    compare(
        0,
        [&](bool cuda, auto& y) {
          run_op(cuda, GatedUnitForward<W>{gate_up.data(), y.data(), nullptr, rows, width, kind});
        },
        unwritten<T>(rows * width));
    compare(
        0,
        [&](bool cuda, auto& y, auto& d) {
          run_op(cuda, GatedUnitBackward<W>{dy.data(), kept.data(), y.data(), d.data(), rows, width, kind});
        },
        unwritten<T>(rows * width), unwritten<T>(rows * 2 * width));
  }
}

TEST_CASE_TEMPLATE("emulated adamw is the CPU's", W, float, bfloat16, double) {
  const int64_t n = 1000;
  const auto grad = noise<Activation<W>>(n, 1);
  auto v = noise<float>(n, 4);
  for (float& value : v) value = std::abs(value);
  compare(
      1e-6,
      [&](bool cuda, auto& master, auto& m, auto& squares, auto& weight) {
        run_op(cuda, AdamWUpdate<W>{master.data(), m.data(), squares.data(), grad.data(), weight.data(), n, 1e-2f, 0.9f,
                                    0.99f, 1e-8f, 0.1f, 0.5f, 0.1f, 0.01f});
      },
      noise<float>(n, 2), noise<float>(n, 3), v, unwritten<W>(n));
}

TEST_CASE_TEMPLATE("an emulated compact adamw is the CPU's to the bit", W, float, bfloat16, double) {
  const int64_t n = 1004, blocks = 4;
  const auto grad = noise<Activation<W>>(n, 1), start = noise<Activation<W>>(n, 2);
  for (const bool has_master : {false, true})
    for (const bool has_codes : {false, true}) {
      CAPTURE(has_master);
      CAPTURE(has_codes);
      struct States {
        std::vector<float> master, m, v, m_scales, v_scales;
        std::vector<int8_t> m_codes;
        std::vector<uint8_t> v_codes;
        std::vector<W> weight;
      };
      std::vector<States> runs;
      for (const bool cuda : {false, true}) {
        States& of =
            runs.emplace_back(States{std::vector<float>(start.begin(), start.end()), std::vector<float>(n),
                                     std::vector<float>(n), std::vector<float>(blocks), std::vector<float>(blocks),
                                     std::vector<int8_t>(n), std::vector<uint8_t>(n), noise<W>(n, 2)});
        for (int64_t t = 1; t <= 3; ++t)
          run_op(cuda, AdamWCompact<W>{has_master ? of.master.data() : nullptr,
                                       has_codes ? nullptr : of.m.data(),
                                       has_codes ? nullptr : of.v.data(),
                                       has_codes ? of.m_codes.data() : nullptr,
                                       has_codes ? of.v_codes.data() : nullptr,
                                       has_codes ? of.m_scales.data() : nullptr,
                                       has_codes ? of.v_scales.data() : nullptr,
                                       grad.data(),
                                       of.weight.data(),
                                       n,
                                       1e-2f,
                                       0.9f,
                                       0.99f,
                                       1e-8f,
                                       0.1f,
                                       0.5f,
                                       0.1f,
                                       0.01f,
                                       42,
                                       3,
                                       t});
      }
      check_same(runs[1].master, runs[0].master);
      check_same(runs[1].m, runs[0].m);
      check_same(runs[1].v, runs[0].v);
      check_same(runs[1].m_codes, runs[0].m_codes);
      check_same(runs[1].v_codes, runs[0].v_codes);
      check_same(runs[1].m_scales, runs[0].m_scales);
      check_same(runs[1].v_scales, runs[0].v_scales);
      check_same(runs[1].weight, runs[0].weight);
      CHECK(!same_bits(runs[0].weight, noise<W>(n, 2)));
    }
}

TEST_CASE_TEMPLATE("emulated sums of squares are the CPU's", T, float, double) {
  const int64_t n = 5003;
  const auto x = noise<T>(n, 1);
  for (const int64_t parts : {1, 7, 64}) {
    auto cpu = unwritten<double>(parts), cuda = cpu;
    SumOfSquares<T>{x.data(), cpu.data(), n, parts}.run_cpu();
    SumOfSquares<T>{x.data(), cuda.data(), n, parts}.run_cuda(nullptr);
    for (int64_t part = 0; part < parts; ++part) CHECK(cuda[part] == doctest::Approx(cpu[part]).epsilon(1e-14));
  }
}

TEST_CASE_TEMPLATE("the emulated policy loss and its gradient are the CPU's", T, float, double) {
  const int64_t n = 3001;
  const auto logprobs = noise<T>(n, 1), old = noise<T>(n, 2), sampler = noise<T>(n, 3), reference = noise<T>(n, 4);
  const auto advantages = noise<T>(n, 5), weights = noise<T>(n, 6);
  for (const int64_t parts : {1, 7, 64})
    for (const bool all : {false, true}) {
      std::vector<PolicyLossSums> cpu(parts), cuda(parts);
      auto cpu_gradient = unwritten<T>(n), cuda_gradient = cpu_gradient;
      const auto loss = [&](std::vector<T>& gradient, std::vector<PolicyLossSums>& sums) {
        return PolicyLoss<T>{logprobs.data(),
                             old.data(),
                             all ? sampler.data() : nullptr,
                             all ? reference.data() : nullptr,
                             advantages.data(),
                             weights.data(),
                             gradient.data(),
                             sums.data(),
                             n,
                             parts,
                             T(0.2),
                             T(0.28),
                             T(0.05),
                             T(2)};
      };
      loss(cpu_gradient, cpu).run_cpu();
      loss(cuda_gradient, cuda).run_cuda(nullptr);
      check_same(cuda_gradient, cpu_gradient);
      for (int64_t part = 0; part < parts; ++part) {
        CHECK(cuda[part].loss == doctest::Approx(cpu[part].loss).epsilon(1e-12));
        CHECK(cuda[part].clipped_low == cpu[part].clipped_low);
        CHECK(cuda[part].clipped_high == cpu[part].clipped_high);
        CHECK(cuda[part].importance == doctest::Approx(cpu[part].importance).epsilon(1e-12));
        CHECK(cuda[part].capped == cpu[part].capped);
        CHECK(cuda[part].kl == doctest::Approx(cpu[part].kl).epsilon(1e-12));
      }
    }
}

TEST_CASE_TEMPLATE("emulated rotary is the CPU's", W, float, bfloat16, double) {
  using T = Activation<W>;
  for (const auto& [rows, heads, kv_heads, head_dim] :
       {std::array<int64_t, 4>{1, 1, 1, 2}, {37, 3, 1, 64}, {19, 4, 2, 34}, {5, 2, 2, 256}, {17, 6, 2, 6}}) {
    const int64_t max_position = 100, blocks = 4, half = head_dim / 2, width = (heads + 2 * kv_heads) * head_dim;
    const auto qkv = noise<T>(rows * width, 1), q_norm = noise<T>(head_dim, 2), k_norm = noise<T>(head_dim, 3);
    const auto cosines = noise<T>(max_position * half, 4), sines = noise<T>(max_position * half, 5);
    std::vector<int64_t> positions(rows), slots(rows);
    for (int64_t i = 0; i < rows; ++i)
      positions[i] = (i * 31 + 7) % max_position, slots[i] = (i * 3 + 1) % (blocks * 32);
    const auto dq = noise<T>(rows * heads * head_dim, 6), dk = noise<T>(rows * kv_heads * head_dim, 7),
               dv = noise<T>(rows * kv_heads * head_dim, 8);
    for (const bool norms : {false, true}) {
      const T *qn = norms ? q_norm.data() : nullptr, *kn = norms ? k_norm.data() : nullptr;
      compare(
          0,
          [&](bool cuda, auto& q, auto& keys, auto& values) {
            run_op(cuda,
                   RotaryForward<W>{qkv.data(), qn, kn, cosines.data(), sines.data(), positions.data(), slots.data(),
                                    q.data(), keys.data(), values.data(), rows, heads, kv_heads, head_dim, T(1e-6)});
            if (cuda) keys = keys_on_cpu(keys, head_dim), values = values_on_cpu(values, head_dim);
          },
          unwritten<T>(rows * heads * head_dim), std::vector<W>(blocks * kv_heads * head_dim * 32),
          std::vector<W>(blocks * kv_heads * head_dim * 32));
      if constexpr (std::is_same_v<W, bfloat16>) {
        auto q = unwritten<T>(rows * heads * head_dim);
        std::vector<W> rounded(q.size()), keys(blocks * kv_heads * head_dim * 32), values(keys.size());
        for (const bool rounds : {false, true})
          RotaryForward<W>{qkv.data(),   qn,
                           kn,           cosines.data(),
                           sines.data(), positions.data(),
                           slots.data(), q.data(),
                           keys.data(),  values.data(),
                           rows,         heads,
                           kv_heads,     head_dim,
                           T(1e-6),      rounds ? rounded.data() : nullptr}
              .run_cuda(nullptr);
        for (size_t i = 0; i < q.size(); ++i) CHECK(to_float(rounded[i]) == to_float(to_bfloat16(q[i])));
      }
      compare(
          0,
          [&](bool cuda, auto& dqkv, auto& dqn, auto& dkn) {
            run_op(cuda, RotaryBackward<T>{dq.data(), dk.data(), dv.data(), norms ? qkv.data() : nullptr, qn, kn,
                                           cosines.data(), sines.data(), positions.data(), dqkv.data(),
                                           norms ? dqn.data() : nullptr, norms ? dkn.data() : nullptr, rows, heads,
                                           kv_heads, head_dim, T(1e-6)});
          },
          unwritten<T>(rows * width), noise<T>(head_dim, 11), noise<T>(head_dim, 12));
    }
  }
}

TEST_CASE_TEMPLATE("emulated attention is the CPU's, decode is prefill", W, float, bfloat16, double) {
  using T = Activation<W>;
  struct Shape {
    int64_t heads, kv_heads, head_dim;
    std::vector<int32_t> lengths, first, families = {};  // families: of one sequence each
  };
  for (const Shape& shape :
       {Shape{3, 1, 6, {35, 4, 0, 30, 3, 33}, {0, 35, 35, 35, 0, 3}, {0, 4, 6}},
        Shape{4, 2, 64, {40, 70, 5, 64, 1, 90}, {0, 40, 40, 0, 64, 64}, {0, 3, 3, 6}},
        Shape{2, 1, 96, {70, 3}, {0, 70}, {0, 2}}, Shape{3, 1, 6, {5, 0, 33, 1}, {0, 0, 0, 0}},
        Shape{4, 2, 64, {40, 12}, {0, 0}}, Shape{2, 2, 130, {3, 1, 35}, {0, 0, 0}}, Shape{2, 1, 256, {33}, {0}},
        Shape{2, 1, 96, {1, 4, 0, 1}, {140, 31, 5, 32}}, Shape{1, 1, 2, {2}, {2100}}}) {
    const auto& [heads, kv_heads, head_dim, lengths, first, families_of_shape] = shape;
    CAPTURE(head_dim);
    const int64_t sequences = std::ssize(lengths);
    std::vector<int32_t> cu{0};
    int64_t longest = 1;
    for (int64_t s = 0; s < sequences; ++s)
      cu.push_back(cu.back() + lengths[s]), longest = std::max<int64_t>(longest, first[s] + lengths[s]);
    const int64_t max_blocks = (longest + 31) / 32 + 1, rows = cu.back(), num_blocks = sequences * max_blocks;
    std::vector<int32_t> table(num_blocks);
    for (int64_t i = 0; i < num_blocks; ++i) table[i] = static_cast<int32_t>(num_blocks - 1 - i);
    std::vector<int32_t> families = families_of_shape;
    if (families.empty())
      for (int32_t s = 0; s <= sequences; ++s) families.push_back(s);
    // use(sequence that goes on from another, the other)
    const auto each_that_goes_on = [&](auto use) {
      for (size_t f = 0; f + 1 < families.size(); ++f)
        for (int64_t s = families[f] + 1; s < families[f + 1]; ++s) use(s, families[f]);
    };
    each_that_goes_on([&](int64_t s, int64_t other) {
      std::copy_n(table.begin() + other * max_blocks, first[s] / 32, table.begin() + s * max_blocks);
    });
    // What is behind the end of a sequence must not matter: NaN.
    auto keys = noise<W>(num_blocks * kv_heads * head_dim * 32, 1),
         values = noise<W>(num_blocks * kv_heads * head_dim * 32, 2);
    for (int64_t s = 0; s < sequences; ++s)
      for (int64_t j = first[s] + lengths[s]; j < max_blocks * 32; ++j)
        for (int64_t h = 0; h < kv_heads; ++h)
          for (int64_t d = 0; d < head_dim; ++d) {
            const int64_t at = (table[s * max_blocks + j / 32] * kv_heads + h) * head_dim * 32;
            keys[at + d * 32 + j % 32] = values[at + j % 32 * head_dim + d] = number<W>(NAN);
          }
    // A block that the other sequence began is copied.
    each_that_goes_on([&](int64_t s, int64_t other) {
      const int64_t size = kv_heads * head_dim, block = first[s] / 32, to = table[s * max_blocks + block] * size * 32,
                    from = table[other * max_blocks + block] * size * 32;
      for (int64_t i = 0; i < size; ++i)
        for (int64_t j = 0; j < first[s] % 32; ++j) {
          const int64_t key = i * 32 + j, value = (i / head_dim * 32 + j) * head_dim + i % head_dim;
          keys[to + key] = keys[from + key];
          values[to + value] = values[from + value];
        }
    });
    const auto q = noise<T>(rows * heads * head_dim, 3), dout = noise<T>(rows * heads * head_dim, 4);
    const T scale = T(1) / std::sqrt(T(head_dim));
    const auto cpu_keys = keys_on_cpu(keys, head_dim), cpu_values = values_on_cpu(values, head_dim);
    const auto forward = [&](bool cuda, auto& out) {
      run_op(cuda, AttentionForward<W>{q.data(), (cuda ? keys : cpu_keys).data(), (cuda ? values : cpu_values).data(),
                                       cu.data(), first.data(), table.data(), out.data(), sequences, max_blocks, rows,
                                       heads, kv_heads, head_dim, scale});
    };
    // The CPU rounds queries and probabilities to the cache's type.
    constexpr double rounding = std::is_same_v<W, bfloat16> ? 1e-2 : 0;
    compare(rounding, forward, unwritten<T>(rows * heads * head_dim));
    auto out = unwritten<T>(rows * heads * head_dim);
    forward(true, out);
    // Each query on its own, as in decoding.
    for (int64_t s = 0; s < sequences; ++s)
      for (int32_t t = 0; t < lengths[s]; t += 7) {
        const int32_t cu_one[] = {0, 1}, position = first[s] + t;
        const int64_t at = (cu[s] + t) * heads * head_dim;
        auto one = unwritten<T>(heads * head_dim);
        AttentionForward<W>{q.data() + at, keys.data(), values.data(), cu_one, &position, table.data() + s * max_blocks,
                            one.data(),    1,           max_blocks,    1,      heads,     kv_heads,
                            head_dim,      scale}
            .run_cuda(nullptr);
        CHECK(same_bits(one, std::vector<T>(out.begin() + at, out.begin() + at + heads * head_dim)));
      }
    if (families_of_shape.empty() && *std::max_element(first.begin(), first.end()) > 0) continue;
    compare(
        std::is_same_v<T, double> ? 1e-12 : std::max(1e-4, 2 * rounding),
        [&](bool cuda, auto& dq, auto& dk, auto& dv) {
          run_op(cuda, AttentionBackward<W>{q.data(),
                                            (cuda ? keys : cpu_keys).data(),
                                            (cuda ? values : cpu_values).data(),
                                            out.data(),
                                            dout.data(),
                                            cu.data(),
                                            first.data(),
                                            table.data(),
                                            families.data(),
                                            dq.data(),
                                            dk.data(),
                                            dv.data(),
                                            std::ssize(families) - 1,
                                            sequences,
                                            max_blocks,
                                            rows,
                                            heads,
                                            kv_heads,
                                            head_dim,
                                            scale});
        },
        unwritten<T>(rows * heads * head_dim), unwritten<T>(rows * kv_heads * head_dim),
        unwritten<T>(rows * kv_heads * head_dim));
  }
}

TEST_CASE_TEMPLATE("emulated token scores are the CPU's, and samples carry them", W, float, bfloat16, double) {
  using T = Activation<W>;
  const int64_t rows = 3, width = 12;
  for (const int64_t vocab : {1, 37, 700})
    for (const Filters filters :
         {Filters{1, 0, 1, 0}, Filters{0.7f, 0, 1, 0}, Filters{1, 5, 1, 0}, Filters{1.3f, 0, 0.6f, 0},
          Filters{0.9f, 0, 1, 0.1f}, Filters{1, 20, 0.8f, 0.05f}, Filters{1, 2000, 0, 0}}) {
      if (vocab > 100 && filters.top_k != 0 && filters.top_k != 20) continue;  // bisections take long
      CAPTURE(vocab);
      CAPTURE(filters.top_k);
      CAPTURE(filters.top_p);
      CAPTURE(filters.min_p);
      const auto hidden = noise<T>(rows * width, 1), dlogprobs = noise<T>(rows, 2), dentropy = noise<T>(rows, 3);
      auto weight = noise<W>(vocab * width, 4);
      if (vocab > 8) std::copy_n(weight.begin() + 3 * width, width, weight.begin() + 7 * width);  // a tie
      const auto panels = panels_of(weight, vocab, width), transposed = transposed_panels_of(weight, vocab, width);
      std::vector<int64_t> targets(rows), problem(rows), completion(rows), position(rows);
      for (int64_t i = 0; i < rows; ++i)
        targets[i] = i * 19 % vocab, problem[i] = i * 1000003, completion[i] = i % 3, position[i] = i * 5;
      std::vector<RowSummary<T>> summary(rows), cuda_summary(rows);
      compare(
          1e-4 * std::is_same_v<T, float>,
          [&](bool cuda, auto& logprobs, auto& entropy) {
            run_op(cuda, TokenScoresForward<W>{hidden.data(), weight.data(), panels.data(), targets.data(),
                                               logprobs.data(), entropy.data(), (cuda ? cuda_summary : summary).data(),
                                               rows, width, vocab, filters});
          },
          unwritten<T>(rows), unwritten<T>(rows));
      auto scored_by_cuda = unwritten<T>(rows), found_by_cuda = scored_by_cuda, cpu_entropy_of_targets = scored_by_cuda;
      TokenScoresForward<W>{hidden.data(),
                            weight.data(),
                            panels.data(),
                            targets.data(),
                            scored_by_cuda.data(),
                            cpu_entropy_of_targets.data(),
                            nullptr,
                            rows,
                            width,
                            vocab,
                            filters}
          .run_cuda(nullptr);
      for (const T* entropies : {dentropy.data(), static_cast<const T*>(nullptr)})
        compare(
            std::is_same_v<W, bfloat16> ? 1e-2 : 1e-4 * std::is_same_v<T, float>,
            [&](bool cuda, auto& dhidden, auto& dweight) {
              run_op(cuda,
                     TokenScoresBackward<W>{dlogprobs.data(), entropies, hidden.data(), weight.data(), panels.data(),
                                            transposed.data(), targets.data(), (cuda ? cuda_summary : summary).data(),
                                            cuda ? found_by_cuda.data() : nullptr, dhidden.data(), dweight.data(), rows,
                                            width, vocab, filters});
            },
            unwritten<T>(rows * width), noise<T>(vocab * width, 5));
      CHECK(same_bits(found_by_cuda, scored_by_cuda));
      const int64_t step = 17;
      for (const bool greedy : {false, true}) {
        const auto sample = [&](bool cuda, auto& tokens, auto& logprobs, auto& summary) {
          run_op(cuda, SampleTokens<W>{hidden.data(), weight.data(), panels.data(), problem.data(), completion.data(),
                                       position.data(), tokens.data(), logprobs.data(), summary.data(), rows, width,
                                       vocab, filters, greedy, 1234567890123, &step});
        };
        std::vector<int64_t> cpu_tokens(rows, -1), tokens(rows, -1);
        auto cpu_logprobs = unwritten<T>(rows), logprobs = cpu_logprobs, scored = cpu_logprobs, entropy = cpu_logprobs;
        std::vector<RowSummary<T>> cpu_drawn(rows), drawn(rows), drawn_again(rows), scored_summary(rows);
        sample(false, cpu_tokens, cpu_logprobs, cpu_drawn);
        sample(true, tokens, logprobs, drawn);
        CHECK(tokens == cpu_tokens);
        for (int64_t i = 0; i < rows; ++i) {
          CHECK(drawn[i].entropy == doctest::Approx(cpu_drawn[i].entropy).epsilon(1e-4));
          CHECK(drawn[i].max_logit == doctest::Approx(cpu_drawn[i].max_logit).epsilon(1e-5));
          CHECK(drawn[i].log_sum == doctest::Approx(cpu_drawn[i].log_sum).epsilon(1e-4));
        }
        CHECK(close(logprobs, cpu_logprobs, 1e-5));
        for (const auto order : {emulation::Order::backward, emulation::Order::random}) {
          emulation::order = order;
          std::vector<int64_t> again(rows, -1);
          auto logprobs_again = unwritten<T>(rows);
          sample(true, again, logprobs_again, drawn_again);
          CHECK(same_bits(drawn_again, drawn));
          CHECK(again == tokens);
          CHECK(same_bits(logprobs_again, logprobs));
        }
        emulation::order = emulation::Order::forward;
        TokenScoresForward<W>{hidden.data(),  weight.data(),         panels.data(), tokens.data(), scored.data(),
                              entropy.data(), scored_summary.data(), rows,          width,         vocab,
                              filters}
            .run_cuda(nullptr);
        CHECK(same_bits(scored, logprobs));
        CHECK(same_bits(scored_summary, drawn));
        // A row alone.
        auto alone = unwritten<T>(1);
        std::vector<RowSummary<T>> drawn_alone(1);
        int64_t token = -1;
        SampleTokens<W>{hidden.data() + 2 * width,
                        weight.data(),
                        nullptr,
                        problem.data() + 2,
                        completion.data() + 2,
                        position.data() + 2,
                        &token,
                        alone.data(),
                        drawn_alone.data(),
                        1,
                        width,
                        vocab,
                        filters,
                        greedy,
                        1234567890123,
                        &step}
            .run_cuda(nullptr);
        CHECK(token == tokens[2]);
        CHECK(alone[0] == logprobs[2]);
        CHECK(same_bits(drawn_alone, {drawn[2]}));
      }
    }
}

TEST_CASE_TEMPLATE("emulated rows advance as the CPU's do", T, float, double) {
  for (const int64_t rows : {1, 31, 300}) {
    const int64_t max_blocks = 4;
    std::mt19937_64 random(5);
    const auto numbers = [&](int64_t size, int64_t below) {
      std::vector<int64_t> values(size);
      for (int64_t& value : values) value = static_cast<int64_t>(random() % below);
      return values;
    };
    const auto drawn = numbers(rows, 9), limits = numbers(rows, 6), stops = numbers(2, 9);
    const auto logprobs = noise<T>(rows, 1), numbers_of_rows = noise<T>(4 * rows, 2);
    std::vector<RowSummary<T>> summary(rows);
    std::memcpy(summary.data(), numbers_of_rows.data(), rows * sizeof(RowSummary<T>));
    std::vector<int32_t> table(rows * max_blocks);
    std::iota(table.begin(), table.end(), 100);
    const auto tokens = numbers(rows, 9), positions = numbers(rows, 126), slots = numbers(rows, 4000);
    const auto draws = numbers(rows, 6), ended = numbers(rows, 2);
    std::vector<int32_t> first(positions.begin(), positions.end());
    const auto result = [&](bool cuda) {
      auto columns = std::tuple(tokens, positions, slots, first, draws, ended,
                                std::vector<DrawnToken>(rows, {-1, NAN, NAN, NAN, NAN}));
      auto& [t, p, s, f, d, e, out] = columns;
      run_op(cuda, AdvanceRows<T>{drawn.data(), logprobs.data(), summary.data(), table.data(), limits.data(),
                                  stops.data(), t.data(), p.data(), s.data(), f.data(), d.data(), e.data(), out.data(),
                                  rows, max_blocks, 2});
      return columns;
    };
    const auto cpu = result(false), emulated = result(true);
    CHECK(std::get<0>(emulated) == std::get<0>(cpu));
    CHECK(std::get<1>(emulated) == std::get<1>(cpu));
    CHECK(std::get<2>(emulated) == std::get<2>(cpu));
    CHECK(std::get<3>(emulated) == std::get<3>(cpu));
    CHECK(std::get<4>(emulated) == std::get<4>(cpu));
    CHECK(std::get<5>(emulated) == std::get<5>(cpu));
    CHECK(same_bits(std::get<6>(emulated), std::get<6>(cpu)));
  }
}
