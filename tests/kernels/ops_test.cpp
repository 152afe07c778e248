// Each op against LibTorch's own operators in float64, value and gradient, under every CPU body.
#include "kernels/ops.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <cmath>

#include "support/isas.hpp"
#include "support/packed.hpp"

using namespace cohort;
using at::Tensor;
using cohort::ops::Gate;
using cohort::testing::on_every_isa;
using cohort::testing::packed;

namespace {

Tensor leaf(const Tensor& x) { return x.detach().to(at::kDouble).requires_grad_(true); }

double worst(const Tensor& got, const Tensor& expected) {
  const Tensor difference = (got.detach().to(at::kDouble) - expected.detach()).abs();
  return difference.isnan().any().item<bool>() ? INFINITY : difference.max().item<double>();
}

// Causal attention of one sequence in float64: q [n, heads, dim], k and v [n, kv_heads, dim].
Tensor reference_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const int64_t group = q.size(1) / k.size(1), n = q.size(0);
  const Tensor keys = k.repeat_interleave(group, 1).transpose(0, 1),
               values = v.repeat_interleave(group, 1).transpose(0, 1);
  Tensor scores = at::matmul(q.transpose(0, 1), keys.transpose(1, 2)) / std::sqrt(static_cast<double>(q.size(2)));
  scores = scores.masked_fill(at::ones({n, n}, at::kBool).triu(1), -INFINITY);
  return at::matmul(at::softmax(scores, -1), values).transpose(0, 1);
}

Tensor rotate(const Tensor& x, const Tensor& cos, const Tensor& sin) {
  const Tensor c = cos.unsqueeze(1), s = sin.unsqueeze(1);
  const auto halves = x.chunk(2, -1);
  return at::cat({halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s}, -1);
}

constexpr Gate kAllGates[] = {Gate::silu, Gate::gelu_tanh, Gate::gelu};

Tensor reference_gated(const Tensor& gate_up, Gate kind) {
  const auto halves = gate_up.chunk(2, 1);
  const Tensor through =
      kind == Gate::silu ? at::silu(halves[0]) : at::gelu(halves[0], kind == Gate::gelu ? "none" : "tanh");
  return through * halves[1];
}

Tensor reference_norm(const Tensor& x, const Tensor& weight, double epsilon) {
  return x * at::rsqrt(x.square().mean(-1, true) + epsilon) * weight;
}

}  // namespace

TEST_CASE("rms_norm and its gradient equal float64") {
  on_every_isa([] {
    for (const int64_t width : {1, 31, 64, 577}) {
      const Tensor x = at::randn({7, width}), weight = at::randn({width}), dy = at::randn({7, width});
      const Tensor x64 = leaf(x), w64 = leaf(weight), y64 = reference_norm(x64, w64, 1e-5);
      y64.backward(dy.to(at::kDouble));
      const ops::Normed normed = ops::rms_norm(x, weight, 1e-5);
      CHECK(worst(normed.y, y64) < 1e-5);
      const Tensor dx = at::zeros_like(x), dweight = at::zeros_like(weight);
      ops::rms_norm_backward(dy, x, weight, normed.inv_rms, dx, dweight);
      CHECK(worst(dx, x64.grad()) < 2e-4);  // width 1 cancels nearly all of the gradient
      CHECK(worst(dweight, w64.grad()) < 1e-4);
    }
  });
}

TEST_CASE("each gated unit and its gradient equal float64, also where exp would overflow") {
  on_every_isa([] {
    for (const Gate kind : kAllGates)
      for (const auto& [rows, width] : {std::pair<int64_t, int64_t>{5, 37}, {1, 1}, {3, 64}, {2, 257}}) {
        CAPTURE(static_cast<int>(kind));
        CAPTURE(width);
        const Tensor gate_up = at::randn({rows, 2 * width}) * 4;
        gate_up[0][0] = 200;
        gate_up[0][width - 1] = -200;
        const Tensor dy = at::randn({rows, width}), x = leaf(gate_up);
        const Tensor y = reference_gated(x, kind);
        y.backward(dy.to(at::kDouble));
        for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
          // exp multiplies the rounding of its argument, here by up to 20; what is kept in bfloat16 has eight bits.
          const double allowed = dtype == at::kFloat ? 4e-6 : 0.1;
          const Tensor kept = at::full_like(gate_up, NAN, at::TensorOptions().dtype(dtype));
          const double largest = 1 + y.abs().max().item<double>();
          CHECK(worst(ops::gated_unit(gate_up, kind, dtype, kept), y) < allowed * largest);
          CHECK(at::equal(kept, gate_up.to(dtype)));
          const auto [again, dgate_up] = ops::gated_unit_backward(dy, kept, kind);
          CHECK(worst(again, y) < allowed * largest);
          CHECK(worst(dgate_up, x.grad()) < allowed * (1 + x.grad().abs().max().item<double>()));
        }
      }
  });
}

TEST_CASE("each gate is that of float64 to a few last bits over all its range, and shut far below") {
  on_every_isa([] {
    const Tensor gates =
        at::cat({at::linspace(-9, 9, 200'003), at::tensor({-1e30f, -1e13f, -30.0f, 30.0f, 1e13f, 1e30f})});
    const Tensor ups = at::ones_like(gates), dy = at::ones_like(gates).view({1, -1});
    const Tensor gate_up = at::cat({gates, ups}).view({1, -1});
    for (const Gate kind : kAllGates) {
      CAPTURE(static_cast<int>(kind));
      const Tensor x = leaf(gate_up), y64 = reference_gated(x, kind);
      y64.sum().backward();
      const Tensor y = ops::gated_unit(gate_up, kind, at::kFloat).to(at::kDouble);
      // Of x · open(x), by the size of x: exp multiplies the rounding of its argument.
      CHECK(((y - y64.detach()) / gates.abs().clamp_min(1e-3)).abs().max().item<double>() < 4e-7);
      const Tensor dgate = ops::gated_unit_backward(dy, gate_up, kind).dgate_up.narrow(1, 0, gates.size(0));
      CHECK(worst(dgate, x.grad().narrow(1, 0, gates.size(0))) < 2e-6);
    }
  });
}

TEST_CASE("the gradient of each gated unit is its finite difference in float64") {
  for (const Gate kind : kAllGates) {
    CAPTURE(static_cast<int>(kind));
    const Tensor gate_up = at::randn({3, 2 * 11}, at::kDouble) * 2, dy = at::randn({3, 11}, at::kDouble);
    const Tensor dgate_up = ops::gated_unit_backward(dy, gate_up, kind).dgate_up;
    constexpr double kStep = 1e-6;
    for (int64_t i = 0; i < gate_up.numel(); ++i) {
      const auto loss_at = [&](double step) {
        const Tensor moved = gate_up.clone();
        moved.view(-1)[i] += step;
        return (ops::gated_unit(moved, kind, at::kDouble) * dy).sum().item<double>();
      };
      const double slope = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
      CHECK(dgate_up.view(-1)[i].item<double>() == doctest::Approx(slope).epsilon(1e-7));
    }
  }
}

TEST_CASE("linear with bias and residual, and its gradients, equal float64") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      const double tolerance = dtype == at::kFloat ? 1e-4 : 0.15;  // bfloat16 rounds operands to 8 bits
      const Tensor weight = at::randn({45, 67}).to(dtype), x = at::randn({19, 67}), bias = at::randn({45});
      const Tensor residual = at::randn({19, 45}), dy = at::randn({19, 45});
      const Tensor x64 = leaf(x), w64 = leaf(weight), b64 = leaf(bias);
      const Tensor y64 = at::matmul(x64, w64.t()) + b64 + residual;
      y64.backward(dy.to(at::kDouble));
      CHECK(worst(ops::linear(x, packed(weight), bias, residual), y64) < tolerance);
      CHECK(worst(ops::linear_backward_input(dy, packed(weight)), x64.grad()) < tolerance);
      const Tensor dweight = at::zeros({45, 67}), dbias = at::zeros({45});
      ops::linear_backward_weight(dtype, dy, x, dweight, dbias);
      CHECK(worst(dweight, w64.grad()) < tolerance);
      CHECK(worst(dbias, b64.grad()) < 1e-4);
    }
  });
}

TEST_CASE("rotation and attention over a blocked cache, forward and backward, equal float64") {
  on_every_isa([] {
    for (const auto& [heads, kv_heads, dim, dtype] :
         {std::tuple<int64_t, int64_t, int64_t, at::ScalarType>{6, 2, 12, at::kFloat},
          {4, 4, 64, at::kFloat},
          {3, 1, 40, at::kFloat},
          {6, 2, 12, at::kBFloat16},
          {3, 1, 64, at::kBFloat16}}) {
      CAPTURE(dim);
      CAPTURE(dtype);
      const ops::HeadShape shape{heads, kv_heads, dim};
      const int64_t lengths[] = {1, 33, 70};
      const int64_t rows = 104, width = (heads + 2 * kv_heads) * dim;
      const Tensor qkv = at::randn({rows, width}), dout = at::randn({rows, heads * dim});
      const Tensor angles = at::randn({80, dim / 2}) * 3;
      const ops::RotaryTables tables{angles.cos(), angles.sin()};
      const ops::HeadNorms norms{at::randn({dim}), at::randn({dim}), at::zeros({dim}), at::zeros({dim}), 1e-6};

      // Sequences in blocks of their own, in an order that is not theirs.
      const int64_t blocks[3][3] = {{5, 0, 0}, {2, 4, 0}, {1, 6, 0}};
      const int64_t third[] = {0, 0, 3};
      std::vector<int64_t> positions, slots;
      std::vector<int32_t> table, cu{0};
      for (int s = 0; s < 3; ++s) {
        for (int64_t t = 0; t < lengths[s]; ++t) {
          const int64_t block = t / 32 == 2 ? third[s] : blocks[s][t / 32];
          positions.push_back(t);
          slots.push_back(block * 32 + t % 32);
        }
        for (int b = 0; b < 3; ++b) table.push_back(static_cast<int32_t>(b == 2 ? third[s] : blocks[s][b]));
        cu.push_back(cu.back() + static_cast<int32_t>(lengths[s]));
      }
      const int64_t elements = 7 * 32 * kv_heads * dim + 64;
      const at::TensorOptions in_cache = at::TensorOptions().dtype(dtype);
      const ops::CacheLayer cache{at::full({elements}, NAN, in_cache),
                                  at::full({elements}, NAN, in_cache)};  // unwritten places must not be read
      const ops::Sequences sequences{at::tensor(cu, at::kInt), at::zeros({3}, at::kInt),
                                     at::tensor(table, at::kInt).view({3, 3}), at::arange(4, at::kInt)};
      const Tensor at_positions = at::tensor(positions, at::kLong);

      const Tensor q = ops::rotary(qkv, norms, tables, at_positions, at::tensor(slots, at::kLong), cache, shape);
      const Tensor out = ops::attention(q, cache, sequences, shape);
      const auto [dq, dk, dv] = ops::attention_backward(q, cache, out, dout, sequences, shape);
      const Tensor dqkv = ops::rotary_backward(dq, dk, dv, qkv, norms, tables, at_positions, shape, dtype);

      const Tensor x = leaf(qkv), q_norm = leaf(norms.q), k_norm = leaf(norms.k);
      const Tensor cos = tables.cos.to(at::kDouble).index_select(0, at_positions);
      const Tensor sin = tables.sin.to(at::kDouble).index_select(0, at_positions);
      const Tensor split = x.view({rows, heads + 2 * kv_heads, dim});
      const Tensor normed_q = reference_norm(split.narrow(1, 0, heads), q_norm, 1e-6),
                   normed_k = reference_norm(split.narrow(1, heads, kv_heads), k_norm, 1e-6);
      normed_q.retain_grad();
      normed_k.retain_grad();
      const Tensor q64 = rotate(normed_q, cos, sin), k64 = rotate(normed_k, cos, sin);
      const Tensor v64 = split.narrow(1, heads + kv_heads, kv_heads);
      std::vector<Tensor> parts;
      for (int s = 0; s < 3; ++s)
        parts.push_back(reference_attention(q64.narrow(0, cu[s], lengths[s]), k64.narrow(0, cu[s], lengths[s]),
                                            v64.narrow(0, cu[s], lengths[s])));
      const Tensor out64 = at::cat(parts).reshape({rows, heads * dim});
      out64.backward(dout.to(at::kDouble));
      CHECK(worst(q, q64.reshape({rows, heads * dim})) < 1e-4);
      // Operands of eight bits: an error of 2⁻⁹ each, of the largest of many sums.
      const auto allowed = [&](const Tensor& of, double in_float) {
        return dtype == at::kFloat ? in_float : 0.02 * of.abs().max().item<double>();
      };
      CHECK(worst(out, out64) < allowed(out64, 1e-4));
      CHECK(worst(dqkv, x.grad()) < allowed(x.grad(), 2e-3));
      // A weight's gradient is a sum whose terms cancel: its error goes by their size, not by the sum's.
      const auto terms = [](const Tensor& normed, const Tensor& weight) {
        return (normed.grad() * normed.detach() / weight.detach()).square().sum(at::IntArrayRef{0, 1}).sqrt();
      };
      CHECK(worst(norms.dq, q_norm.grad()) < allowed(terms(normed_q, q_norm), 5e-3));
      CHECK(worst(norms.dk, k_norm.grad()) < allowed(terms(normed_k, k_norm), 5e-3));
    }
  });
}

TEST_CASE("sequences behind one prompt give it the gradients that they give each its own copy of it") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
      for (const int64_t prompt : {1, 32, 37, 70}) {
        CAPTURE(dtype);
        CAPTURE(prompt);
        const ops::HeadShape shape{6, 2, 24};
        const int64_t followers = 7, longest = 40, max_blocks = (prompt + longest + 31) / 32;
        const auto length = [&](int64_t s) { return 1 + s * 11 % longest; };
        // The rows of a layout: the prompt's, or none, and those of each follower, behind the prompt or with a copy.
        const auto gradients = [&](bool shared, const Tensor& qkv, const Tensor& dout) {
          std::vector<int64_t> rows, positions, slots;
          std::vector<int32_t> cu{0}, first, table;
          std::vector<ops::BlockCopy> copies;
          int32_t blocks = 0;
          const auto add = [&](int64_t from, int64_t count, int64_t row, const std::vector<int32_t>& own) {
            for (int64_t t = from; t < from + count; ++t) {
              rows.push_back(t < prompt ? t : row + t - prompt);
              positions.push_back(t);
              slots.push_back(own[static_cast<size_t>(t / 32)] * 32 + t % 32);
            }
            cu.push_back(static_cast<int32_t>(rows.size()));
            first.push_back(static_cast<int32_t>(from));
            table.insert(table.end(), own.begin(), own.end());
          };
          const auto fresh = [&](std::vector<int32_t> own) {
            while (std::ssize(own) < max_blocks) own.push_back(blocks++);
            return own;
          };
          const std::vector<int32_t> of_prompt = fresh({});
          if (shared) add(0, prompt, 0, of_prompt);
          int64_t row = prompt;
          for (int64_t s = 0; s < followers; row += length(s++)) {
            const auto whole = shared ? of_prompt.begin() + prompt / 32 : of_prompt.begin();
            const std::vector<int32_t> own = fresh({of_prompt.begin(), whole});
            if (shared && prompt % 32 > 0)
              copies.push_back({of_prompt[static_cast<size_t>(prompt / 32)], own[static_cast<size_t>(prompt / 32)],
                                static_cast<int32_t>(prompt % 32)});
            add(shared ? prompt : 0, (shared ? 0 : prompt) + length(s), row, own);
          }
          const Tensor index = at::tensor(rows, at::kLong);
          const int64_t elements = blocks * 32 * shape.kv_heads * shape.head_dim + 64;
          const at::TensorOptions in_cache = at::TensorOptions().dtype(dtype);
          const ops::CacheLayer cache{at::full({elements}, NAN, in_cache), at::full({elements}, NAN, in_cache)};
          const ops::RotaryTables tables{at::ones({200, shape.head_dim / 2}), at::zeros({200, shape.head_dim / 2})};
          const Tensor q = ops::rotary(qkv.index_select(0, index), {}, tables, at::tensor(positions, at::kLong),
                                       at::tensor(slots, at::kLong), cache, shape);
          ops::copy_blocks(cache, ops::block_copies(copies, at::kCPU), shape);
          const auto count = static_cast<int64_t>(first.size());
          const ops::Sequences sequences{
              at::tensor(cu, at::kInt), at::tensor(first, at::kInt),
              at::tensor(table, at::kInt).view({count, max_blocks}),
              shared ? at::tensor({0, static_cast<int>(count)}, at::kInt) : at::arange(count + 1, at::kInt)};
          const Tensor out = ops::attention(q, cache, sequences, shape);
          // Only what followers say counts: their copies of the prompt's own outputs would count often.
          const Tensor counted = dout.index_select(0, index) * (index >= prompt).unsqueeze(1);
          const auto [dq, dk, dv] = ops::attention_backward(q, cache, out, counted, sequences, shape);
          const Tensor all = at::cat({dq, dk, dv}, 1);
          return at::zeros({qkv.size(0), all.size(1)}).index_add_(0, index, all);
        };
        int64_t total = prompt;
        for (int64_t s = 0; s < followers; ++s) total += length(s);
        const Tensor qkv = at::randn({total, (shape.heads + 2 * shape.kv_heads) * shape.head_dim});
        const Tensor dout = at::randn({total, shape.heads * shape.head_dim});
        const Tensor apart = gradients(false, qkv, dout);
        CHECK(worst(gradients(true, qkv, dout), apart) <
              (dtype == at::kFloat ? 1e-4 : 0.02) * apart.abs().max().item<double>());
      }
  });
}

TEST_CASE("queries that decode behind one prompt get the bits that each gets alone") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      // Ten sequences share three whole blocks; an eleventh shares two of them, a twelfth none.
      const ops::HeadShape shape{6, 2, 24};
      const int64_t sequences = 12, max_blocks = 5, dim = shape.heads * shape.head_dim;
      const int64_t elements = (3 + 5 * sequences) * 32 * shape.kv_heads * shape.head_dim + 64;
      const ops::CacheLayer cache{at::randn({elements}).to(dtype), at::randn({elements}).to(dtype)};
      std::vector<int32_t> table, first;
      for (int32_t s = 0; s < sequences; ++s) {
        const int32_t shared = s < 10 ? 3 : s == 10 ? 2 : 0;
        for (int32_t b = 0; b < max_blocks; ++b)
          table.push_back(b < shared ? b : static_cast<int32_t>(3 + s * max_blocks + b));
        first.push_back(96 + 5 * s);
      }
      const Tensor q = at::randn({sequences, dim}), tables = at::tensor(table, at::kInt).view({sequences, max_blocks});
      const Tensor positions = at::tensor(first, at::kInt);
      const auto batch = [&](int64_t from, int64_t count) {
        return ops::Sequences{at::arange(count + 1, at::kInt),
                              positions.narrow(0, from, count).contiguous(),
                              tables.narrow(0, from, count).contiguous(),
                              {}};
      };
      const Tensor together = ops::attention(q, cache, batch(0, sequences), shape);
      for (int64_t s = 0; s < sequences; ++s) {
        CAPTURE(s);
        const Tensor alone = ops::attention(q.narrow(0, s, 1).contiguous(), cache, batch(s, 1), shape);
        CHECK(at::equal(alone, together.narrow(0, s, 1)));
      }
    }
  });
}

TEST_CASE("token scores, their entropy and gradients equal float64, with and without filters") {
  on_every_isa([] {
    for (const kernels::Filters& filters :
         {kernels::Filters{1, 0, 1, 0}, {0.7f, 0, 1, 0}, {1, 5, 1, 0}, {1.2f, 0, 0.8f, 0}, {1, 0, 1, 0.2f}}) {
      CAPTURE(filters.temperature);
      CAPTURE(filters.top_k);
      const int64_t rows = 300, width = 16, vocab = 131;  // two chunks
      const Tensor hidden = at::randn({rows, width}), head = at::randn({vocab, width});
      const Tensor targets = at::randint(vocab, {rows}, at::kLong);
      const Tensor dlogprobs = at::randn({rows}), dentropy = at::randn({rows});
      const Tensor h64 = leaf(hidden), w64 = leaf(head);
      Tensor z = at::matmul(h64, w64.t()) / filters.temperature;
      Tensor keep = at::ones({rows, vocab}, at::kBool);
      const Tensor p = at::softmax(z.detach(), -1);
      const auto [sorted, order] = p.sort(-1, true);
      if (filters.top_k > 0) keep = p >= sorted.narrow(1, filters.top_k - 1, 1);
      if (filters.top_p < 1) {
        const Tensor before = sorted.cumsum(-1) - sorted;
        keep = at::zeros({rows, vocab}, at::kBool).scatter(1, order, before < filters.top_p);
      }
      if (filters.min_p > 0) keep = p >= filters.min_p * sorted.narrow(1, 0, 1);
      keep = keep.scatter(1, targets.unsqueeze(1), true);
      const Tensor logp = at::log_softmax(z.masked_fill(keep.logical_not(), -1e30), -1);
      const Tensor logprobs = logp.gather(1, targets.unsqueeze(1)).squeeze(1);
      const Tensor entropy = -(logp.exp() * logp.masked_fill(keep.logical_not(), 0)).sum(-1);
      ((logprobs * dlogprobs).sum() + (entropy * dentropy).sum()).backward();

      const ops::PackedWeight both = packed(head);
      const ops::Scores scores = ops::token_scores(hidden, both, targets, filters);
      CHECK(worst(scores.logprobs, logprobs) < 1e-4);
      CHECK(worst(scores.entropy, entropy) < 1e-4);
      const Tensor dweight = at::zeros_like(head);
      const Tensor dhidden =
          ops::token_scores_backward(dlogprobs, dentropy, hidden, both, targets, scores.summary, filters, dweight);
      CHECK(worst(dhidden, h64.grad()) < 1e-3);
      CHECK(worst(dweight, w64.grad()) < 1e-3);
    }
  });
}

TEST_CASE("what a sampler records of a token is what scoring gives, and what the backward finds again, to the bit") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
      for (const kernels::Filters filters : {kernels::Filters{1, 0, 1, 0}, {0.7f, 0, 1, 0}, {1.2f, 50, 0.9f, 0.01f}}) {
        constexpr int64_t rows = 600, vocab = 4500, width = 40;  // several chunks, and blocks of the vocabulary
        const Tensor hidden = at::randn({rows, width});
        const ops::PackedWeight head = packed((at::randn({vocab, width}) * 0.5).to(dtype));
        const Tensor ids = at::arange(rows, at::kLong);
        const ops::Drawn drawn =
            ops::sample(hidden, head, filters, false, {7, at::full({1}, 3, at::kLong), ids, ids, ids});
        const ops::Scores scores = ops::token_scores(hidden, head, drawn.tokens, filters);
        CHECK(at::equal(drawn.logprobs, scores.logprobs));
        CHECK(at::equal(drawn.summary, scores.summary));
        CHECK(at::equal(scores.entropy, scores.summary.select(1, 2)));
        Tensor dlogprobs = at::randn({rows});
        dlogprobs.narrow(0, 100, 300).fill_(0);
        const Tensor found = at::full({rows}, 5.0f), dweight = at::zeros({vocab, width});
        ops::token_scores_backward(dlogprobs, {}, hidden, head, drawn.tokens, drawn.summary, filters, dweight, found);
        CHECK(at::equal(found, at::where(dlogprobs != 0, scores.logprobs, at::full({rows}, 5.0f))));
      }
  });
}

TEST_CASE(
    "gradients of the head are the same over a vocabulary and rows of several blocks, and rows without one add none") {
  on_every_isa([] {
    constexpr int64_t rows = 530, vocab = 4500, width = 40;
    at::manual_seed(3);
    const Tensor hidden = at::randn({rows, width}), head = at::randn({vocab, width}) * 0.3;
    const Tensor targets = at::randint(vocab, {rows}, at::kLong);
    Tensor dlogprobs = at::randn({rows});
    dlogprobs.narrow(0, 100, 300).fill_(0);
    for (const kernels::Filters filters : {kernels::Filters{0.8f, 0, 1, 0}, kernels::Filters{1.2f, 50, 0.9f, 0}})
      for (const bool has_entropy : {false, true}) {
        const Tensor dentropy = has_entropy ? at::randn({rows}) * (dlogprobs != 0) : Tensor();
        const ops::PackedWeight both = packed(head);
        const auto backward = [&](at::Tensor rows_read, const Tensor& dweight) {
          const auto part = [&](const Tensor& x) { return x.defined() ? x.index_select(0, rows_read) : x; };
          const ops::Scores scores = ops::token_scores(part(hidden), both, part(targets), filters);
          return ops::token_scores_backward(part(dlogprobs), part(dentropy), part(hidden), both, part(targets),
                                            scores.summary, filters, dweight);
        };
        const Tensor dweight = at::zeros_like(head);
        const Tensor dhidden = backward(at::arange(rows, at::kLong), dweight);
        CHECK(dhidden.narrow(0, 100, 300).abs().max().item<double>() == 0);

        // Against the sum over p written out.
        const Tensor h64 = leaf(hidden), w64 = leaf(head);
        if (!filters.active() && !has_entropy) {
          const Tensor logp = at::log_softmax(at::matmul(h64, w64.t()) / filters.temperature, -1);
          (logp.gather(1, targets.unsqueeze(1)).squeeze(1) * dlogprobs).sum().backward();
          CHECK(worst(dhidden, h64.grad()) < 1e-3);
          CHECK(worst(dweight, w64.grad()) < 1e-3);
        }
        // Without the rows that say nothing: the same bits.
        const Tensor live = dlogprobs.nonzero().squeeze(1), dweight_of_live = at::zeros_like(head);
        CHECK(at::equal(backward(live, dweight_of_live), dhidden.index_select(0, live)));
        CHECK(at::equal(dweight_of_live, dweight));
      }
  });
}

TEST_CASE("adamw equals the formula in float64 and rounds bfloat16 weights to nearest") {
  on_every_isa([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      const int64_t n = 1003;
      const Tensor start = at::randn({n}), grad = at::randn({n}) * 3;
      const Tensor master = start.clone(), m = at::randn({n}) * 0.1, v = at::rand({n}),
                   weight = at::zeros({n}).to(dtype);
      const Tensor m64 = 0.9 * m.to(at::kDouble) + 0.1 * 0.5 * grad.to(at::kDouble);
      const Tensor v64 = 0.99 * v.to(at::kDouble) + 0.01 * (0.5 * grad.to(at::kDouble)).square();
      const Tensor expected =
          start.to(at::kDouble) - 0.01 * (m64 / 0.3 / ((v64 / 0.2).sqrt() + 1e-8) + 0.1 * start.to(at::kDouble));
      ops::adamw({0.01f, 0.9f, 0.99f, 1e-8f, 0.1f, 0.5f, 0.3f, 0.2f}, master, m, v, grad, weight);
      CHECK(worst(master, expected) < 1e-5);
      CHECK(worst(m, m64) < 1e-6);
      CHECK(worst(v, v64) < 1e-6);
      CHECK(at::equal(weight, master.to(dtype)));
    }
  });
}

TEST_CASE("ops of no rows are empty") {
  const Tensor weight = at::randn({8, 4}), none = at::empty({0, 4});
  CHECK(ops::linear(none, packed(weight), {}).size(0) == 0);
  CHECK(ops::rms_norm(none, at::ones({4}), 1e-5).y.size(0) == 0);
  CHECK(ops::token_scores(none, packed(weight), at::empty({0}, at::kLong), {1, 0, 1, 0}).logprobs.numel() == 0);
  CHECK(ops::embedding(weight, at::empty({0}, at::kLong)).size(0) == 0);
}

TEST_CASE("a shape that does not fit is named") {
  CHECK_THROWS_WITH_AS(ops::linear(at::randn({2, 5}), packed(at::randn({8, 4})), {}),
                       doctest::Contains("linear: expected [rows, 4], got [2, 5]"), c10::Error);
}

TEST_CASE("a row visits one expert at least, and not more than there are") {
  for (const int64_t per_row : {0, 4})
    CHECK_THROWS_WITH_AS(ops::route(at::zeros({2, 3}), per_row, true), doctest::Contains("expected 1 to 3 experts"),
                         c10::Error);
}

TEST_CASE("LibTorch's product of experts is ours, rounded") {
  const int64_t experts = 5, out = 24, in = 40, rows = 33;
  const at::Tensor x = at::randn({rows, in}).to(at::kBFloat16);
  ops::PackedWeight weight{.weight = at::randn({experts * out, in}).to(at::kBFloat16), .groups = experts};
  ops::pack(weight);
  at::Tensor logits = at::randn({rows, experts});
  logits.select(1, 3).fill_(-100);  // an expert that nobody visits
  const ops::Visits visits = ops::route(logits, 2, true);
  const at::Tensor gathered = ops::gather_visits(x, visits);
  const at::Tensor ours = ops::grouped_linear(gathered, weight, visits);
  const at::Tensor theirs = ops::grouped_linear_by_library(gathered, weight, visits);
  REQUIRE(theirs.sizes() == ours.sizes());
  CHECK((theirs - ours).abs().max().item<double>() < 0.01 * ours.abs().max().item<double>());
}
