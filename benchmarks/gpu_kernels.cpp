// The kernels on a GPU: microseconds, GB/s or TFLOP/s, and the share of the ceiling measured in the same run, as JSON.
//
//   build/release/benchmark_gpu_kernels [--rounds 7] [--tokens 8192] [--hidden 4096] [--ffn 12288] [--vocab 151936]
//                                      [--context 1024] [--heads 32] [--kv-heads 8] [--head-dim 128] [--device cuda]
//
// Times are the device's own, of a call whose operands no cache holds; the median, least and most of some. Bytes are
// those that an op must read and write once, operations those of its products. Exit code 77: there is no device.
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <iostream>

#include "benchmarks/device.hpp"
#include "kernels/ops.hpp"

namespace {

using namespace cohort;
using namespace cohort::benchmarks;

class Bench {
 public:
  Bench(c10::Device device, int rounds) : device_(device), rounds_(rounds), ceilings_(ceilings(device)) {}

  at::Tensor random(at::IntArrayRef sizes, at::ScalarType dtype = at::kFloat) const {
    return at::randn(sizes, at::TensorOptions().dtype(at::kFloat).device(device_)).mul_(0.05).to(dtype);
  }
  at::Tensor ids(int64_t count, int64_t below) const {
    return at::randint(below, {count}, at::TensorOptions().dtype(at::kLong).device(device_));
  }
  at::TensorOptions as(at::ScalarType dtype) const { return at::TensorOptions().dtype(dtype).device(device_); }

  template <typename F>
  void bytes(const std::string& op, const std::string& shape, double count, F call) {
    const auto seconds = device_seconds(device_, rounds_, call);
    const double rate = count / seconds[seconds.size() / 2];
    rows_.push_back({{"op", op},
                     {"shape", shape},
                     {"microseconds", spread(seconds, 1e6)},
                     {"gb_per_second", rate / 1e9},
                     {"share_of_ceiling", rate / ceilings_.bytes_per_second}});
  }
  template <typename F>
  void operations(const std::string& op, const std::string& shape, double count, F call) {
    const auto seconds = device_seconds(device_, rounds_, call);
    const double rate = count / seconds[seconds.size() / 2];
    rows_.push_back({{"op", op},
                     {"shape", shape},
                     {"microseconds", spread(seconds, 1e6)},
                     {"tflops", rate / 1e12},
                     {"share_of_ceiling", rate / ceilings_.flops}});
  }

  nlohmann::json result() const { return {{"ceilings", ceilings_.json()}, {"rows", rows_}}; }

 private:
  c10::Device device_;
  int rounds_;
  Ceilings ceilings_;
  nlohmann::json rows_ = nlohmann::json::array();
};

double size_of(const at::Tensor& tensor) { return static_cast<double>(tensor.nbytes()); }

std::string in_words(std::initializer_list<int64_t> sizes) {
  std::string text;
  for (const int64_t size : sizes) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

struct Sizes {
  int64_t tokens, hidden, ffn, vocab;
};

void elementwise(Bench& bench, const Sizes& n) {
  const at::Tensor x = bench.random({n.tokens, n.hidden}), weight = bench.random({n.hidden});
  const ops::Normed normed = ops::rms_norm(x, weight, 1e-6);
  bench.bytes("rms_norm", in_words({n.tokens, n.hidden}), 1.5 * size_of(x),
              [&] { ops::rms_norm(x, weight, 1e-6, at::kBFloat16); });
  const at::Tensor dx = at::zeros_like(x), dweight = at::zeros_like(weight);
  bench.bytes("rms_norm backward", in_words({n.tokens, n.hidden}), 4 * size_of(x),
              [&] { ops::rms_norm_backward(normed.y, x, weight, normed.inv_rms, dx, dweight); });
  const at::Tensor gate_up = bench.random({n.tokens, 2 * n.ffn}), dy = bench.random({n.tokens, n.ffn});
  const at::Tensor kept = gate_up.to(at::kBFloat16);
  bench.bytes("swiglu", in_words({n.tokens, n.ffn}), 1.75 * size_of(gate_up),
              [&] { ops::gated_unit(gate_up, ops::Gate::silu, at::kBFloat16, kept); });
  bench.bytes("swiglu backward", in_words({n.tokens, n.ffn}), 1.75 * size_of(gate_up),
              [&] { ops::gated_unit_backward(dy, kept, ops::Gate::silu); });
  const at::Tensor table = bench.random({n.vocab, n.hidden}, at::kBFloat16), tokens = bench.ids(n.tokens, n.vocab);
  bench.bytes("embedding", in_words({n.tokens, n.hidden}), 1.5 * size_of(x), [&] { ops::embedding(table, tokens); });
  const at::Tensor dtable = at::zeros({n.vocab, n.hidden}, bench.as(at::kFloat));
  bench.bytes("embedding backward", in_words({n.tokens, n.hidden}), 3 * size_of(x),
              [&] { ops::embedding_backward(x, tokens, dtable); });
}

void optimizer(Bench& bench, const Sizes& n) {
  const at::Tensor weight = bench.random({n.ffn, n.hidden}, at::kBFloat16), grad = bench.random({n.ffn, n.hidden});
  const at::Tensor master = weight.to(at::kFloat), m = at::zeros_like(master), v = at::zeros_like(master);
  // Masters and moments are read and written, gradients read, weights written.
  bench.bytes("adamw", in_words({n.ffn, n.hidden}), 7 * size_of(grad) + size_of(weight), [&] {
    ops::adamw({1e-6f, 0.9f, 0.999f, 1e-8f, 0.1f, 1.0f, 0.1f, 0.001f}, master, m, v, grad, weight);
  });
  bench.bytes("sum_of_squares", in_words({n.ffn, n.hidden}), size_of(grad), [&] { ops::sum_of_squares(grad); });
}

void products(Bench& bench, const Sizes& n) {
  ops::PackedWeight weight{.weight = bench.random({n.ffn, n.hidden}, at::kBFloat16)};
  ops::pack(weight);
  ops::pack_transposed(weight);
  for (const int64_t rows : {int64_t{8}, int64_t{64}, int64_t{512}, n.tokens}) {
    const at::Tensor x = bench.random({rows, n.hidden}, at::kBFloat16);
    const double flops = 2.0 * static_cast<double>(rows * n.hidden * n.ffn);
    for (const auto& [mode, name] :
         {std::pair{kernels::Mode::exact, "linear"}, {kernels::Mode::fast, "linear, fast"}}) {
      const auto run = [&, mode = mode] { ops::linear(x, weight, {}, {}, {}, mode); };
      if (rows < 266) {  // where the weights' bytes take longer than the product
        bench.bytes(name, in_words({rows, n.hidden, n.ffn}), size_of(weight.weight), run);
      } else {
        bench.operations(name, in_words({rows, n.hidden, n.ffn}), flops, run);
      }
    }
  }
  const at::Tensor x = bench.random({n.tokens, n.hidden}, at::kBFloat16),
                   dy = bench.random({n.tokens, n.ffn}, at::kBFloat16);
  const at::Tensor dweight = at::zeros({n.ffn, n.hidden}, bench.as(at::kFloat));
  const double flops = 2.0 * static_cast<double>(n.tokens * n.hidden * n.ffn);
  bench.operations("linear backward input", in_words({n.tokens, n.hidden, n.ffn}), flops,
                   [&] { ops::linear_backward_input(dy, weight); });
  bench.operations("linear backward weight", in_words({n.tokens, n.hidden, n.ffn}), flops,
                   [&] { ops::linear_backward_weight(at::kBFloat16, dy, x, dweight, {}); });
}

void head(Bench& bench, const Sizes& n) {
  ops::PackedWeight weight{.weight = bench.random({n.vocab, n.hidden}, at::kBFloat16)};
  ops::pack(weight);
  ops::pack_transposed(weight);
  const int64_t rows = n.tokens / 2;
  const kernels::Filters filters{1, 0, 1, 0};
  const at::Tensor hidden = bench.random({rows, n.hidden}), targets = bench.ids(rows, n.vocab);
  const double flops = 2.0 * static_cast<double>(rows * n.hidden * n.vocab);
  const std::string shape = in_words({rows, n.hidden, n.vocab});
  const ops::Scores scores = ops::token_scores(hidden, weight, targets, filters);
  bench.operations("head and log-softmax", shape, flops, [&] { ops::token_scores(hidden, weight, targets, filters); });
  const at::Tensor dlogprobs = at::ones({rows}, bench.as(at::kFloat));
  const at::Tensor dweight = at::zeros({n.vocab, n.hidden}, bench.as(at::kFloat));
  bench.operations("head and log-softmax backward", shape, 3 * flops, [&] {
    ops::token_scores_backward(dlogprobs, {}, hidden, weight, targets, scores.summary, filters, dweight);
  });
  for (const int64_t drawn : {1, 64, 512}) {
    const at::Tensor some = hidden.narrow(0, 0, std::min(drawn, rows)), number = bench.ids(some.size(0), 1000);
    bench.bytes("sample", in_words({some.size(0), n.hidden, n.vocab}), size_of(weight.weight), [&] {
      ops::sample(some, weight, filters, false, {1, bench.ids(1, 2), number, number, number});
    });
  }
}

// `sequences` of `queries` new tokens each behind `past` others.
void attention(Bench& bench, const std::string& name, ops::HeadShape shape, int64_t sequences, int64_t queries,
               int64_t past) {
  const int64_t blocks = (past + queries + kernels::kBlockTokens - 1) / kernels::kBlockTokens;
  const int64_t elements = sequences * blocks * shape.kv_heads * shape.head_dim * kernels::kBlockTokens + 64;
  const ops::CacheLayer cache{bench.random({elements}, at::kBFloat16), bench.random({elements}, at::kBFloat16)};
  const int64_t rows = sequences * queries;
  const at::Tensor q = bench.random({rows, shape.heads * shape.head_dim});
  const auto ints = bench.as(at::kInt);
  const ops::Sequences layout{at::arange(0, rows + 1, queries, ints), at::full({sequences}, past, ints),
                              at::arange(sequences * blocks, ints).view({sequences, blocks}),
                              at::arange(sequences + 1, ints)};
  const std::string words = in_words({sequences, queries}) + " behind " + std::to_string(past) + ", " +
                            in_words({shape.heads, shape.head_dim});
  const double pairs = static_cast<double>(sequences) *
                       (static_cast<double>(queries * past) + static_cast<double>(queries) * (queries + 1) / 2);
  const double flops = 4.0 * pairs * static_cast<double>(shape.heads * shape.head_dim);
  if (queries == 1) {
    const double kv = 4.0 * static_cast<double>(sequences * (past + 1) * shape.kv_heads * shape.head_dim);
    return bench.bytes(name, words, kv, [&] { ops::attention(q, cache, layout, shape); });
  }
  bench.operations(name, words, flops, [&] { ops::attention(q, cache, layout, shape); });
  if (past > 0) return;
  const at::Tensor out = ops::attention(q, cache, layout, shape), dout = bench.random(q.sizes());
  bench.operations(name + " backward", words, 2.5 * flops,
                   [&] { ops::attention_backward(q, cache, out, dout, layout, shape); });
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv,
                            {{"rounds", "7"},
                             {"tokens", "8192"},
                             {"hidden", "4096"},
                             {"ffn", "12288"},
                             {"vocab", "151936"},
                             {"context", "1024"},
                             {"heads", "32"},
                             {"kv-heads", "8"},
                             {"head-dim", "128"},
                             {"device", "cuda"}});
  const c10::Device device = device_or_exit("benchmark_gpu_kernels", arguments.text("device"));
  Bench bench(device, static_cast<int>(std::max<int64_t>(5, arguments.integer("rounds"))));
  const Sizes sizes{arguments.integer("tokens"), arguments.integer("hidden"), arguments.integer("ffn"),
                    arguments.integer("vocab")};
  elementwise(bench, sizes);
  optimizer(bench, sizes);
  products(bench, sizes);
  head(bench, sizes);
  const int64_t context = arguments.integer("context");
  const ops::HeadShape heads{arguments.integer("heads"), arguments.integer("kv-heads"), arguments.integer("head-dim")};
  attention(bench, "attention", heads, 8, context, 0);
  attention(bench, "attention", heads, 1, 8 * context, 0);
  attention(bench, "decode attention", heads, 1, 1, context - 1);
  attention(bench, "decode attention", heads, 512, 1, 3 * context / 4 - 1);
  attention(bench, "decode attention", heads, 16, 1, 4 * context - 1);
  std::cout << bench.result().dump() << "\n";
} catch (const std::exception& error) {
  std::cerr << "benchmark_gpu_kernels: " << error.what() << "\n";
  return 1;
}
