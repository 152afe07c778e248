// The CPU's products beside what the machine can do and what LibTorch does, each as GFLOP/s.
//
//   build/release/benchmark_kernels [--benchmark_filter=linear] [--benchmark_out=FILE --benchmark_out_format=json]
//
// Operands rotate through copies that do not fit the last cache together, as the weights of a model do: up to some ten
// rows the rate is that of memory. linear_cached has one copy. The ceiling of a type is the rate of a product whose
// operands stay in the first-level cache.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include <vector>

#include "benchmarks/ceiling.hpp"
#include "cohort/threads.hpp"
#include "kernels/ops.hpp"

namespace {

using namespace cohort;
using at::Tensor;

constexpr int64_t kBytesInRotation = 128 << 20;

void report_flops(benchmark::State& state, int64_t per_iteration) {
  state.counters["FLOP/s"] = benchmark::Counter(
      static_cast<double>(per_iteration), benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

struct Layer {
  ops::PackedWeight packed;
  Tensor grad;
};

std::vector<Layer> layers(at::ScalarType dtype, int64_t out, int64_t in, int64_t total_bytes = kBytesInRotation) {
  const int64_t bytes = out * in * static_cast<int64_t>(at::elementSize(dtype));
  std::vector<Layer> all(static_cast<size_t>(std::max<int64_t>(1, total_bytes / bytes)));
  for (Layer& layer : all) {
    layer.packed.weight = at::randn({out, in}, dtype);
    layer.grad = at::zeros({out, in});
    ops::pack(layer.packed);
    ops::pack_transposed(layer.packed);
  }
  return all;
}

template <typename Operand>
void ceiling(benchmark::State& state) {
  int64_t operations = 0;
  for (auto _ : state) operations = benchmarks::run_at_ceiling<Operand>(2000);
  report_flops(state, operations);
}

enum class Pass { forward, input, weight };

void linear(benchmark::State& state, at::ScalarType dtype, Pass pass, int64_t total_bytes = kBytesInRotation) {
  const int64_t m = state.range(0), out = state.range(1), in = state.range(2);
  std::vector<Layer> all = layers(dtype, out, in, total_bytes);
  const Tensor x = ops::as_operand(at::randn({m, in}), dtype), dy = ops::as_operand(at::randn({m, out}), dtype);
  size_t i = 0;
  for (auto _ : state) {
    Layer& layer = all[i++ % all.size()];
    if (pass == Pass::forward) ops::linear(x, layer.packed, {});
    if (pass == Pass::input) ops::linear_backward_input(dy, layer.packed);
    if (pass == Pass::weight) ops::linear_backward_weight(dtype, dy, x, layer.grad, {});
  }
  report_flops(state, 2 * m * out * in);
}

// With weights of eight bits: rounding the rows and undoing it are counted.
void linear_int8(benchmark::State& state) {
  const int64_t m = state.range(0), out = state.range(1), in = state.range(2);
  std::vector<ops::QuantisedWeight> all(static_cast<size_t>(kBytesInRotation / (out * in)));
  for (ops::QuantisedWeight& weight : all) ops::quantise(at::randn({out, in}), weight);
  const Tensor x = at::randn({m, in});
  size_t i = 0;
  for (auto _ : state) ops::linear(x, all[i++ % all.size()], {});
  report_flops(state, 2 * m * out * in);
}

// gate · open(gate) · up of the halves of a product, or the gradients through it from behind the next product.
void gated(benchmark::State& state, at::ScalarType dtype, ops::Gate kind, Pass pass) {
  const int64_t m = state.range(0), width = state.range(1), hidden = state.range(2);
  std::vector<Layer> all = pass == Pass::forward ? layers(dtype, 2 * width, hidden) : layers(dtype, hidden, width);
  const Tensor x = ops::as_operand(at::randn({m, hidden}), dtype), kept = at::randn({m, 2 * width}, dtype);
  size_t i = 0;
  for (auto _ : state) {
    const ops::PackedWeight& weight = all[i++ % all.size()].packed;
    if (pass == Pass::forward) ops::gated_linear(x, weight, {}, kind, kept);
    if (pass == Pass::input) ops::gated_backward_input(x, weight, kept, kind);
  }
  report_flops(state, 2 * m * width * hidden * (pass == Pass::forward ? 2 : 1));
}

void libtorch(benchmark::State& state, at::ScalarType dtype) {
  const int64_t m = state.range(0), out = state.range(1), in = state.range(2);
  std::vector<Layer> all = layers(dtype, out, in);
  const Tensor x = at::randn({m, in}, dtype);
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(at::linear(x, all[i++ % all.size()].packed.weight));
  report_flops(state, 2 * m * out * in);
}

const std::vector<std::vector<int64_t>> kShapes = {{1, 8, 24, 32, 96, 384, 1134}, {1536}, {576}};

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(static_cast<int>(num_threads()));
  benchmark::RegisterBenchmark("ceiling/float32", ceiling<float>)->UseRealTime();
  benchmark::RegisterBenchmark("ceiling/bfloat16", ceiling<kernels::bfloat16>)->UseRealTime();
  benchmark::RegisterBenchmark("linear/int8", linear_int8)->UseRealTime()->ArgsProduct(kShapes);
  for (const at::ScalarType dtype : {at::kBFloat16, at::kFloat}) {
    const std::string type = dtype == at::kFloat ? "float32" : "bfloat16";
    const auto add = [&](const std::string& name, auto body) {
      return benchmark::RegisterBenchmark((name + "/" + type).c_str(), body)->UseRealTime();
    };
    add("linear", [=](benchmark::State& s) { linear(s, dtype, Pass::forward); })->ArgsProduct(kShapes);
    add("linear_cached", [=](benchmark::State& s) { linear(s, dtype, Pass::forward, 0); })->ArgsProduct(kShapes);
    add("libtorch", [=](benchmark::State& s) { libtorch(s, dtype); })->ArgsProduct(kShapes);
    for (const auto& [name, kind] : {std::pair<std::string, ops::Gate>{"gated", ops::Gate::silu},
                                     {"gated_gelu_tanh", ops::Gate::gelu_tanh},
                                     {"gated_gelu", ops::Gate::gelu}})
      for (const int64_t rows : {1, 8, 32, 512}) {
        add(name, [=, kind = kind](benchmark::State& s) {
          gated(s, dtype, kind, Pass::forward);
        })->Args({rows, 1536, 576});
        if (rows == 512)
          add(name + "_backward", [=, kind = kind](benchmark::State& s) {
            gated(s, dtype, kind, Pass::input);
          })->Args({rows, 1536, 576});
      }
    for (const auto& [name, pass] :
         {std::pair{"linear", Pass::forward}, {"backward_input", Pass::input}, {"backward_weight", Pass::weight}})
      for (const auto& [out, in] : {std::pair{960, 576}, {576, 576}, {3072, 576}, {576, 1536}})
        add(name, [=, pass = pass](benchmark::State& s) { linear(s, dtype, pass); })->Args({1134, out, in});
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
