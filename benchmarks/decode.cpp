// Tokens a second of a rollout, reading and decoding apart, as JSON.
//
//   build/release/benchmark_decode --model FILE [--dtype bfloat16] [--batch 1,8,32] [--prompt 128] [--new 128]
//                                  [--threads 2] [--group-size 1] [--precision exact]
//
// Each sequence has a prompt of random tokens, shared by the sequences of a group. The first token of a completion is
// drawn at the end of reading; the others, one a step, are what decoding is timed by, drawing included.
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/arguments.hpp"
#include "cohort/rollout.hpp"
#include "cohort/threads.hpp"

namespace {

using namespace cohort;
using namespace cohort::benchmarks;

struct Setting {
  int64_t group_size, prompt, new_tokens;
  Precision precision;
};

nlohmann::json measure(Policy& policy, const Tokenizer& tokenizer, int64_t batch, const Setting& setting) {
  const auto [group_size, prompt, new_tokens, precision] = setting;
  check(batch % group_size == 0, "--batch: expected a multiple of the group size {}, got {}", group_size, batch);
  std::mt19937_64 random(1);
  std::vector<std::vector<int64_t>> prompts;
  for (int64_t i = 0; i < batch / group_size; ++i)
    prompts.push_back(random_tokens(prompt, policy.config().vocab_size, random));
  RolloutEngine engine(policy, tokenizer,
                       {.group_size = group_size,
                        .max_new_tokens = new_tokens + 1,
                        .ignore_eos = true,
                        .precision = precision,
                        .max_batch = batch});

  int64_t drawn = 0;
  double read = 0;
  const double start = seconds_now();
  engine.rollout_tokens(prompts, 0, {}, [&](int64_t, int64_t, int64_t) {
    if (++drawn == batch) read = seconds_now();
  });
  const double end = seconds_now();
  check(drawn == batch * (new_tokens + 1), "decode: expected {} tokens, got {}", batch * (new_tokens + 1), drawn);
  return {{"batch", batch},
          {"prompt", prompt},
          {"new", new_tokens},
          {"prefill_tokens_per_second", static_cast<double>(std::ssize(prompts) * prompt) / (read - start)},
          {"decode_tokens_per_second", static_cast<double>(batch * new_tokens) / (end - read)}};
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv,
                            {{"model", ""},
                             {"dtype", "bfloat16"},
                             {"batch", "1,8,32"},
                             {"prompt", "128"},
                             {"new", "128"},
                             {"threads", "2"},
                             {"group-size", "1"},
                             {"precision", "exact"}});
  set_num_threads(arguments.integer("threads"));
  Policy policy = load_policy(arguments.text("model"), {.dtype = arguments.dtype("dtype")});
  const Tokenizer tokenizer = Tokenizer::load(arguments.text("model"));
  const std::string& word = arguments.text("precision");
  check(word == "exact" || word == "int8", "--precision: expected exact or int8, got {}", word);
  const Precision precision = word == "exact" ? Precision::exact : Precision::int8;
  const Setting setting{arguments.integer("group-size"), arguments.integer("prompt"), arguments.integer("new"),
                        precision};
  nlohmann::json results = nlohmann::json::array();
  for (const int64_t batch : arguments.integers("batch")) {
    measure(policy, tokenizer, batch,
            setting);  // packs the weights, and memory comes, which the first pass would wait for
    results.push_back(measure(policy, tokenizer, batch, setting));
  }
  std::cout << results.dump() << "\n";
} catch (const cohort::Error& error) {
  std::cerr << "benchmark_decode: " << error.what() << "\n";
  return 2;
}
