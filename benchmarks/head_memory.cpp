// Memory of the head and the loss, forward and backward, beyond what goes in and comes out, as JSON.
//
//   build/release/benchmark_head_memory [--rows 4096] [--width 576] [--vocab 49152] [--dtype bfloat16] [--threads 2]
//
// One number of rows in a process, for the kernels keep their scratch memory.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/arguments.hpp"
#include "benchmarks/peak_memory.hpp"
#include "cohort/threads.hpp"
#include "kernels/ops.hpp"

using namespace cohort;
using namespace cohort::benchmarks;

int main(int argc, char** argv) try {
  const Arguments arguments(
      argc, argv, {{"rows", "4096"}, {"width", "576"}, {"vocab", "49152"}, {"dtype", "bfloat16"}, {"threads", "2"}});
  set_num_threads(arguments.integer("threads"));
  const int64_t rows = arguments.integer("rows"), width = arguments.integer("width");
  const int64_t vocab = arguments.integer("vocab");
  ops::PackedWeight head{.weight = at::randn({vocab, width}, arguments.dtype("dtype"))};
  ops::pack(head);
  ops::pack_transposed(head);
  const at::Tensor dweight = at::zeros({vocab, width});
  dweight.fill_(1);  // its pages exist from here on
  const at::Tensor hidden = at::randn({rows, width}), targets = at::randint(vocab, {rows}, at::kLong);
  const at::Tensor dlogprobs = at::randn({rows});

  double seconds = 0;
  const auto pass = [&](int64_t count) {
    const at::Tensor some = hidden.narrow(0, 0, count), ids = targets.narrow(0, 0, count);
    const double start = seconds_now();
    const ops::Scores scores = ops::token_scores(some, head, ids, {1, 0, 1, 0});
    const at::Tensor dhidden = ops::token_scores_backward(dlogprobs.narrow(0, 0, count), {}, some, head, ids,
                                                          scores.summary, {1, 0, 1, 0}, dweight);
    seconds = seconds_now() - start;
    return scores.logprobs.nbytes() + scores.entropy.nbytes() + scores.summary.nbytes() + dhidden.nbytes();
  };
  pass(1);  // threads and lazily loaded code
  reset_peak_memory();
  const int64_t before = memory_bytes("VmRSS");
  const auto results = static_cast<int64_t>(pass(rows));
  std::cout << nlohmann::json{{"rows", rows},
                              {"bytes", memory_bytes("VmHWM") - before - results},
                              {"bytes_of_logits", rows * vocab * 4},
                              {"seconds", seconds}}
                   .dump()
            << "\n";
} catch (const Error& error) {
  std::cerr << "benchmark_head_memory: " << error.what() << "\n";
  return 2;
}
