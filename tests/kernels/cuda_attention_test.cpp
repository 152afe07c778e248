// Attention on the tensor cores, run on the host (cuda_emulation), against float64; prefill, decoding and anything
// between give a query the same bits.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "cuda_runtime.h"
#include "kernels/attention.hpp"

using namespace cohort::kernels;

namespace {

struct alignas(16) Chunk {
  bfloat16 elements[8];
};

// Sequences of `lengths` tokens, all in the cache, in blocks that are nobody's neighbours; the first `shared` blocks
// are the same ones for all.
struct Batch {
  int64_t heads, kv_heads, head_dim;
  std::vector<int32_t> lengths;
  int64_t shared = 0;

  int64_t max_blocks = 0, rows = 0;
  std::vector<int32_t> table, starts;
  std::vector<float> q;
  std::vector<Chunk> keys, values;
  std::vector<float> log_sums;  // of the last run

  Batch(int64_t heads, int64_t kv_heads, int64_t head_dim, std::vector<int32_t> lengths, int64_t shared = 0)
      : heads(heads), kv_heads(kv_heads), head_dim(head_dim), lengths(lengths), shared(shared) {
    for (const int32_t length : lengths) {
      starts.push_back(static_cast<int32_t>(rows));
      rows += length;
      max_blocks = std::max(max_blocks, int64_t{(length + 31) / 32 + 1});
    }
    const int64_t num_blocks = max_blocks * static_cast<int64_t>(lengths.size());
    for (int64_t i = 0; i < num_blocks; ++i)
      table.push_back(static_cast<int32_t>(num_blocks - 1 - (i % max_blocks < shared ? i % max_blocks : i)));
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < rows * heads * head_dim; ++i) q.push_back(normal(random));
    keys.resize(num_blocks * kv_heads * head_dim * 4);
    values.resize(keys.size());
    std::memset(keys.data(), 0xff, keys.size() * sizeof keys[0]);  // NaN where nothing is written
    std::memset(values.data(), 0xff, values.size() * sizeof values[0]);
    for (size_t s = 0; s < lengths.size(); ++s)
      for (int64_t j = 0; j < lengths[s]; ++j)
        for (int64_t h = 0; h < kv_heads; ++h)
          for (int64_t d = 0; d < head_dim; ++d) {
            *at(keys, s, j, h, d, true) = to_bfloat16(normal(random));
            *at(values, s, j, h, d, false) = to_bfloat16(normal(random));
          }
  }

  bfloat16* at(std::vector<Chunk>& cache, int64_t s, int64_t j, int64_t h, int64_t d, bool is_key) {
    const int64_t block = (table[s * max_blocks + j / 32] * kv_heads + h) * head_dim * 32;
    return cache[0].elements + block + (is_key ? d * 32 + j % 32 : j % 32 * head_dim + d);
  }
  int64_t width() const { return heads * head_dim; }

  // Queries [from, to) of each sequence of `which`, in one call. Empty sequences are between them.
  struct Part {
    int32_t sequence, from, to;
  };
  std::vector<float> run(const std::vector<Part>& parts) {
    std::vector<float> some_q;
    std::vector<int32_t> cu{0}, first, some_table;
    const auto add = [&](const Part& part) {
      for (int32_t t = part.from; t < part.to; ++t) {
        const auto row = q.begin() + (starts[part.sequence] + t) * width();
        some_q.insert(some_q.end(), row, row + width());
      }
      cu.push_back(cu.back() + part.to - part.from);
      first.push_back(part.from);
      const auto row = table.begin() + part.sequence * max_blocks;
      some_table.insert(some_table.end(), row, row + max_blocks);
    };
    for (const Part& part : parts) add(part);
    std::vector<float> out(some_q.size(), NAN);
    log_sums.assign(cu.back() * heads, NAN);
    AttentionForward<bfloat16>{some_q.data(),
                               keys[0].elements,
                               values[0].elements,
                               cu.data(),
                               first.data(),
                               some_table.data(),
                               out.data(),
                               static_cast<int64_t>(first.size()),
                               max_blocks,
                               cu.back(),
                               heads,
                               kv_heads,
                               head_dim,
                               1 / std::sqrt(static_cast<float>(head_dim)),
                               nullptr,
                               log_sums.data()}
        .run_cuda(nullptr);
    return out;
  }
  std::vector<float> all() {
    std::vector<Part> parts;
    for (size_t s = 0; s < lengths.size(); ++s) parts.push_back({static_cast<int32_t>(s), 0, lengths[s]});
    return run(parts);
  }

  double error(int32_t s, int64_t t, const float* got, const float* got_log_sums) {
    double worst = 0;
    for (int64_t h = 0; h < heads; ++h) {
      const float* const query = q.data() + (starts[s] + t) * width() + h * head_dim;
      const int64_t kv_head = h / (heads / kv_heads);
      std::vector<double> weights, sums(head_dim);
      double total = 0, max = -HUGE_VAL;
      for (int64_t j = 0; j <= t; ++j) {
        double score = 0;
        for (int64_t d = 0; d < head_dim; ++d) score += double{query[d]} * to_float(*at(keys, s, j, kv_head, d, true));
        weights.push_back(score / std::sqrt(static_cast<double>(head_dim)));
        max = std::max(max, weights.back());
      }
      for (int64_t j = 0; j <= t; ++j) {
        const double weight = std::exp(weights[j] - max);
        total += weight;
        for (int64_t d = 0; d < head_dim; ++d) sums[d] += weight * to_float(*at(values, s, j, kv_head, d, false));
      }
      const auto compare = [&](double value, double wanted) {
        const double away = std::abs(value - wanted);
        worst = away <= HUGE_VAL ? std::max(worst, away) : HUGE_VAL;
      };
      for (int64_t d = 0; d < head_dim; ++d) compare(got[h * head_dim + d], sums[d] / total);
      compare(got_log_sums[h], (max + std::log(total)) / std::log(2.0));
    }
    return worst;
  }
};

// Gradients of Σ dout · out in float64, in the order of the batch's rows.
struct Gradients {
  std::vector<double> dq, dk, dv;
  std::vector<float> log_sums;  // of each row and head, to base 2
};
Gradients reference(Batch& batch, const std::vector<float>& dout) {
  const int64_t dim = batch.head_dim, kv_width = batch.kv_heads * dim;
  Gradients sums{std::vector<double>(batch.rows * batch.width()), std::vector<double>(batch.rows * kv_width),
                 std::vector<double>(batch.rows * kv_width)};
  const double scale = 1 / std::sqrt(static_cast<double>(dim));
  for (size_t s = 0; s < batch.lengths.size(); ++s)
    for (int64_t t = 0; t < batch.lengths[s]; ++t)
      for (int64_t h = 0; h < batch.heads; ++h) {
        const int64_t at = (batch.starts[s] + t) * batch.width() + h * dim,
                      kv_head = h / (batch.heads / batch.kv_heads);
        std::vector<double> p, dp;
        double total = 0, expected = 0;
        for (int64_t j = 0; j <= t; ++j) {
          double score = 0, product = 0;
          for (int64_t d = 0; d < dim; ++d) {
            score += double{batch.q[at + d]} * to_float(*batch.at(batch.keys, s, j, kv_head, d, true));
            product += double{dout[at + d]} * to_float(*batch.at(batch.values, s, j, kv_head, d, false));
          }
          p.push_back(std::exp(score * scale));
          dp.push_back(product);
          total += p.back();
        }
        sums.log_sums.push_back(static_cast<float>(std::log2(total)));
        for (int64_t j = 0; j <= t; ++j) expected += (p[j] /= total) * dp[j];
        for (int64_t j = 0; j <= t; ++j)
          for (int64_t d = 0; d < dim; ++d) {
            const double dscore = p[j] * (dp[j] - expected) * scale;
            const int64_t key = (batch.starts[s] + j) * kv_width + kv_head * dim + d;
            sums.dq[at + d] += dscore * to_float(*batch.at(batch.keys, s, j, kv_head, d, true));
            sums.dk[key] += dscore * batch.q[at + d];
            sums.dv[key] += p[j] * dout[at + d];
          }
      }
  return sums;
}

// |got − wanted| / |wanted|, as vectors.
double away(const std::vector<float>& got, const std::vector<double>& wanted) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    difference += (got[i] - wanted[i]) * (got[i] - wanted[i]);
    size += wanted[i] * wanted[i];
  }
  return got.size() == wanted.size() && size > 0 ? std::sqrt(difference / size) : HUGE_VAL;
}

// Runs the kernels for Hopper where they fit.
struct AsHopper {
  AsHopper() { emulation::capability_major = 9; }
  ~AsHopper() { emulation::capability_major = 8; }
};

bool same_bits(const float* a, const float* b, int64_t size) { return std::memcmp(a, b, size * sizeof(float)) == 0; }

}  // namespace

TEST_CASE(
    "attention is near float64, and a query has the same bits in a prompt, in pieces of it and in a decoding step") {
  for (Batch batch :
       {Batch(7, 1, 64, {40, 1, 33, 70}), Batch(4, 2, 64, {5, 130}), Batch(6, 2, 128, {35, 20}),
        Batch(2, 2, 256, {34, 3}), Batch(3, 1, 96, {33}), Batch(9, 1, 16, {70}), Batch(140, 1, 16, {33})}) {
    CAPTURE(batch.head_dim);
    CAPTURE(batch.heads);
    const int64_t width = batch.width();
    const auto all = batch.all(), log_sums = batch.log_sums;
    for (const auto order : {emulation::Order::backward, emulation::Order::random}) {
      emulation::order = order;
      CHECK(same_bits(batch.all().data(), all.data(), batch.rows * width));
      CHECK(batch.log_sums == log_sums);
      emulation::order = emulation::Order::forward;
    }
    std::vector<Batch::Part> lasts;
    for (int32_t s = 0; s < static_cast<int32_t>(batch.lengths.size()); ++s) {
      const int32_t length = batch.lengths[s];
      const float* const own = all.data() + batch.starts[s] * width;
      for (int32_t t = 0; t < length; t += t < 3 ? 1 : 11) {
        const float* const sums_of_row = log_sums.data() + (batch.starts[s] + t) * batch.heads;
        CHECK(batch.error(s, t, own + t * width, sums_of_row) < 0.02);
        CHECK(same_bits(batch.run({{s, t, t + 1}}).data(), own + t * width, width));
        CHECK(same_bits(batch.log_sums.data(), sums_of_row, batch.heads));
      }
      // The end of the sequence, after an empty one and before another piece.
      const int32_t middle = length / 2;
      const auto pieces = batch.run({{s, 0, 0}, {s, middle, length}, {s, 0, middle}});
      CHECK(same_bits(pieces.data(), own + middle * width, (length - middle) * width));
      CHECK(same_bits(pieces.data() + (length - middle) * width, own, middle * width));
      lasts.push_back({s, length - 1, length});
    }
    const auto step = batch.run(lasts);
    for (size_t s = 0; s < lasts.size(); ++s)
      CHECK(same_bits(step.data() + s * width, all.data() + (batch.starts[s] + lasts[s].from) * width, width));
  }
}

TEST_CASE("the kernels for Hopper give a query the same bits as those for sm_80") {
  for (Batch batch : {Batch(7, 1, 64, {40, 0, 1, 300, 70}), Batch(4, 4, 64, {129, 128}), Batch(6, 2, 128, {135, 20}),
                      Batch(140, 1, 128, {3, 2}), Batch(8, 2, 128, {390})}) {
    CAPTURE(batch.head_dim);
    CAPTURE(batch.heads);
    const int64_t width = batch.width();
    const auto all = batch.all(), log_sums = batch.log_sums;
    const AsHopper as_hopper;
    for (const auto order : {emulation::Order::forward, emulation::Order::backward, emulation::Order::random}) {
      emulation::order = order;
      CHECK(same_bits(batch.all().data(), all.data(), batch.rows * width));
      CHECK(batch.log_sums == log_sums);
    }
    emulation::order = emulation::Order::forward;
    std::vector<Batch::Part> halves;
    for (int32_t s = 0; s < static_cast<int32_t>(batch.lengths.size()); ++s)
      halves.push_back({s, batch.lengths[s] / 2, batch.lengths[s]});
    const auto pieces = batch.run(halves);
    int64_t row = 0;
    for (const auto& [s, from, to] : halves) {
      CHECK(same_bits(pieces.data() + row * width, all.data() + (batch.starts[s] + from) * width, (to - from) * width));
      row += to - from;
    }
  }
}

TEST_CASE("sequences that share blocks read them, each to its own end") {
  Batch batch(4, 1, 64, {70, 65, 64, 97}, 2);
  const auto all = batch.all();
  for (int32_t s = 0; s < 4; ++s)
    for (const int32_t t : {0, 31, 32, 63, batch.lengths[s] - 1})
      CHECK(batch.error(s, t, all.data() + (batch.starts[s] + t) * batch.width(),
                        batch.log_sums.data() + (batch.starts[s] + t) * batch.heads) < 0.02);
}

TEST_CASE("gradients of attention are near float64, and the same bits in any order of threads") {
  for (Batch batch : {Batch(7, 1, 64, {40, 0, 1, 33, 70}), Batch(4, 2, 64, {5, 130}), Batch(6, 2, 128, {35, 20}),
                      Batch(3, 1, 96, {65}), Batch(4, 4, 16, {70}), Batch(140, 1, 16, {33})}) {
    CAPTURE(batch.head_dim);
    CAPTURE(batch.heads);
    const auto out = batch.all();
    std::vector<float> dout(out.size());
    for (size_t i = 0; i < dout.size(); ++i) dout[i] = std::sin(static_cast<float>(i * i % 1009));
    std::vector<int32_t> cu(batch.starts), families(batch.starts.size() + 1);
    cu.push_back(static_cast<int32_t>(batch.rows));
    for (size_t s = 0; s < families.size(); ++s) families[s] = static_cast<int32_t>(s);  // each alone
    const std::vector<int32_t> first(batch.lengths.size());
    const int64_t sequences = static_cast<int64_t>(first.size()),
                  kv_size = batch.rows * batch.kv_heads * batch.head_dim;
    struct Results {
      std::vector<float> dq, dk, dv;
    };
    const Gradients wanted = reference(batch, dout);
    enum class Given { exact, rounded, all };
    const auto rounded = [](const std::vector<float>& exact) {
      std::vector<Chunk> chunks(exact.size() / 8);
      for (size_t i = 0; i < exact.size(); ++i) chunks[i / 8].elements[i % 8] = to_bfloat16(exact[i]);
      return chunks;
    };
    const auto rounded_q = rounded(batch.q), rounded_dout = rounded(dout);
    const auto run = [&](emulation::Order order, Given given) {
      Results results{std::vector<float>(out.size(), NAN), std::vector<float>(kv_size, NAN),
                      std::vector<float>(kv_size, NAN)};
      emulation::order = order;
      const bool exact = given == Given::exact;
      AttentionBackward<bfloat16>{exact ? batch.q.data() : nullptr,
                                  batch.keys[0].elements,
                                  batch.values[0].elements,
                                  out.data(),
                                  exact ? dout.data() : nullptr,
                                  cu.data(),
                                  first.data(),
                                  batch.table.data(),
                                  families.data(),
                                  results.dq.data(),
                                  results.dk.data(),
                                  results.dv.data(),
                                  sequences,
                                  sequences,
                                  batch.max_blocks,
                                  batch.rows,
                                  batch.heads,
                                  batch.kv_heads,
                                  batch.head_dim,
                                  1 / std::sqrt(static_cast<float>(batch.head_dim)),
                                  nullptr,
                                  exact ? nullptr : rounded_q[0].elements,
                                  exact ? nullptr : rounded_dout[0].elements,
                                  given == Given::all ? wanted.log_sums.data() : nullptr}
          .run_cuda(nullptr);
      emulation::order = emulation::Order::forward;
      return results;
    };
    const Results results = run(emulation::Order::forward, Given::exact);
    for (const Results& near : {results, run(emulation::Order::forward, Given::all)}) {
      CHECK(away(near.dq, wanted.dq) < 0.01);
      CHECK(away(near.dk, wanted.dk) < 0.01);
      CHECK(away(near.dv, wanted.dv) < 0.01);
    }
    for (const Results& same :
         {run(emulation::Order::random, Given::exact), run(emulation::Order::forward, Given::rounded)}) {
      CHECK(same_bits(same.dq.data(), results.dq.data(), static_cast<int64_t>(out.size())));
      CHECK(same_bits(same.dk.data(), results.dk.data(), kv_size));
      CHECK(same_bits(same.dv.data(), results.dv.data(), kv_size));
    }
  }
}
