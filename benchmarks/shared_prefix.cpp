// What a group saves by sharing its prompt, beside as many sequences of which each has a prompt of its own, as JSON.
//
//   build/release/benchmark_shared_prefix --model FILE [--dtype bfloat16] [--prompt 512] [--group-size 16] [--new 64]
//                                         [--rounds 3] [--threads 2]
//
// In turns: seconds until every first token is drawn, seconds of the other tokens, the most bytes of the KV cache in
// use, seconds of log-probabilities and gradients of all completions. No optimiser step. The least of all rounds.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/arguments.hpp"
#include "cohort/rollout.hpp"
#include "cohort/threads.hpp"

namespace {

using namespace cohort;
using namespace cohort::benchmarks;

struct Shape {
  int64_t prompt, group_size, new_tokens;
};

struct Cost {
  double prefill = 1e30, decode = 1e30, update = 1e30;
  int64_t cache_bytes = 1LL << 60;

  void keep_least(const Cost& other) {
    prefill = std::min(prefill, other.prefill);
    decode = std::min(decode, other.decode);
    update = std::min(update, other.update);
    cache_bytes = std::min(cache_bytes, other.cache_bytes);
  }
  nlohmann::json json() const {
    return {{"prefill", prefill}, {"decode", decode}, {"update", update}, {"cache_bytes", cache_bytes}};
  }
};

double gradients(Policy& policy, std::span<const Group> groups, int64_t max_tokens) {
  const auto rows = static_cast<Eigen::Index>(groups.size()), columns = std::ssize(groups.front().completions);
  policy.zero_grad();
  const double start = seconds_now();
  for (const PackedBatch& batch : pack(groups, GroupArray::Ones(rows, columns), max_tokens, c10::kCPU))
    policy.score(batch).logprobs.sum().backward();
  return seconds_now() - start;
}

// One prompt for all, or a prompt for each.
Cost measure(Policy& policy, const Tokenizer& tokenizer, const Shape& shape, bool shared) {
  std::mt19937_64 random(1);
  std::vector<std::vector<int64_t>> prompts;
  for (int64_t i = 0; i < (shared ? 1 : shape.group_size); ++i)
    prompts.push_back(random_tokens(shape.prompt, policy.config().vocab_size, random));
  RolloutEngine engine(policy, tokenizer,
                       {.group_size = shared ? shape.group_size : 1,
                        .max_new_tokens = shape.new_tokens,
                        .ignore_eos = true,
                        .max_batch = shape.group_size});
  Cost cost;
  int64_t drawn = 0;
  double read = 0;
  const double start = seconds_now();
  const std::vector<Group> groups = engine.rollout_tokens(prompts, 0, {}, [&](int64_t, int64_t, int64_t) {
    if (++drawn == shape.group_size) read = seconds_now();
  });
  cost.decode = seconds_now() - read;
  cost.prefill = read - start;
  cost.cache_bytes = engine.stats().kv_peak_bytes;

  // The group in one batch; sequences apart in batches of four, which is less memory and the same work.
  const int64_t length = shape.prompt + shape.new_tokens;
  cost.update = gradients(policy, groups, (shared ? shape.group_size : 4) * length);
  return cost;
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv,
                            {{"model", ""},
                             {"dtype", "bfloat16"},
                             {"prompt", "512"},
                             {"group-size", "16"},
                             {"new", "64"},
                             {"rounds", "3"},
                             {"threads", "2"}});
  set_num_threads(arguments.integer("threads"));
  Policy policy = load_policy(arguments.text("model"), {.dtype = arguments.dtype("dtype")});
  const Tokenizer tokenizer = Tokenizer::load(arguments.text("model"));
  const Shape shape{arguments.integer("prompt"), arguments.integer("group-size"), arguments.integer("new")};
  measure(policy, tokenizer, {64, 4, 2}, true);  // packs the weights and allocates gradients
  Cost shared, apart;
  for (int64_t i = 0; i < arguments.integer("rounds"); ++i) {
    shared.keep_least(measure(policy, tokenizer, shape, true));
    apart.keep_least(measure(policy, tokenizer, shape, false));
  }
  const auto prompt = static_cast<double>(shape.prompt), size = static_cast<double>(shape.group_size);
  const auto new_tokens = static_cast<double>(shape.new_tokens);
  std::cout << nlohmann::json{{"shared", shared.json()},
                              {"apart", apart.json()},
                              {"expected_prefill", 1 / size},
                              {"expected_tokens", (prompt / size + new_tokens) / (prompt + new_tokens)}}
                   .dump()
            << "\n";
} catch (const cohort::Error& error) {
  std::cerr << "benchmark_shared_prefix: " << error.what() << "\n";
  return 2;
}
