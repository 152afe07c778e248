// Compares, bit for bit, what was recorded while sampling with what scoring gives, over settings drawn at random.
//
//   build/release/benchmark_exactness --model FOLDER [--tokens 1000000] [--max-prompt 160] [--max-new 160] [--seed 1]
//                                     [--bodies all]
//
// A trial draws a type of weights, a body of the CPU kernels (--bodies best: the best one, for large models) and
// problems. It samples them under one batch size, number of threads and filters; samples them again in another order,
// under another batch size and number of threads, some with little memory for keys and values, some with a group that
// is cancelled on the way; and scores them under a third number of threads in batches of some size, with prompts shared
// or apart. A token counts as compared once for the second sample and once for the score: log-probability and entropy.
// Writes JSON; exit code 1 if a bit differs.
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <bit>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/arguments.hpp"
#include "cohort/rollout.hpp"
#include "cohort/threads.hpp"
#include "kernels/cpu/isa.hpp"

namespace {

using namespace cohort;
using namespace cohort::benchmarks;

struct Count {
  int64_t tokens = 0, different = 0;
  Count& operator+=(const Count& other) {
    tokens += other.tokens;
    different += other.different;
    return *this;
  }
};

bool same_bits(float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

// Numbers that decide a trial, drawn one after the other.
class Draws {
 public:
  explicit Draws(uint64_t seed) : random_(seed) {}
  int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  template <typename T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(between(0, std::ssize(choices) - 1))];
  }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    std::ranges::shuffle(items, random_);
  }

 private:
  std::mt19937_64 random_;
};

constexpr int64_t kPrefillTokens = 2048;  // that a rollout reads in one forward: src/rollout.cpp
const std::vector<int64_t> kBatches = {1, 2, 3, 5, 8, 12, 17, 32, 47, 64};
const std::vector<Sampling> kSamplings = {
    {}, {}, {.temperature = 0.7f}, {.top_k = 20}, {.temperature = 1.2f, .top_p = 0.9f}, {.min_p = 0.05f}};

// Text of the model's own: prompts are pieces of it.
std::vector<int64_t> write_text(Policy& policy, const Tokenizer& tokenizer, int64_t length) {
  std::mt19937_64 random(1);
  const std::vector<std::vector<int64_t>> starts(1, random_tokens(1, policy.config().vocab_size, random));
  RolloutEngine engine(policy, tokenizer, {.group_size = 16, .max_new_tokens = length, .ignore_eos = true});
  const std::vector<Group> groups = engine.rollout_tokens(starts);
  std::vector<int64_t> text;
  for (const Completion& completion : groups.front().completions)
    text.insert(text.end(), completion.tokens.begin(), completion.tokens.end());
  return text;
}

Count compare_samples(const std::vector<Group>& first, const std::vector<Group>& second) {
  Count count;
  for (const Group& group : first) {
    const auto twin = std::ranges::find(second, group.problem.index, [](const Group& g) { return g.problem.index; });
    for (size_t i = 0; i < group.completions.size(); ++i) {
      const Completion &a = group.completions[i], &b = twin->completions[i];
      const bool is_complete = b.finish != FinishReason::cancelled;
      count.tokens += std::ssize(b.tokens);
      if (b.tokens.size() > a.tokens.size() || (is_complete && b.tokens.size() < a.tokens.size())) {
        count.different += std::ssize(b.tokens);
        continue;
      }
      for (size_t t = 0; t < b.tokens.size(); ++t)
        count.different += a.tokens[t] != b.tokens[t] || !same_bits(a.logprobs[t], b.logprobs[t]) ||
                           !same_bits(a.entropy[t], b.entropy[t]) || !same_bits(a.max_logit[t], b.max_logit[t]) ||
                           !same_bits(a.log_sum[t], b.log_sum[t]);
    }
  }
  return count;
}

// Each completion as a group of its own, so that neighbours have different prompts and share nothing.
std::vector<Group> apart(const std::vector<Group>& groups) {
  std::vector<Group> singles;
  for (size_t i = 0; i < groups.front().completions.size(); ++i)
    for (const Group& group : groups) {
      singles.push_back(group);
      singles.back().completions = {group.completions[i]};
    }
  return singles;
}

Count compare_scores(Policy& policy, const std::vector<Group>& groups, int64_t max_tokens) {
  const at::NoGradGuard no_grad;
  std::vector<float> entropy;
  for (const Group& group : groups)
    for (const Completion& completion : group.completions)
      entropy.insert(entropy.end(), completion.entropy.begin(), completion.entropy.end());
  Count count;
  const auto completions = std::ssize(groups.front().completions);
  for (const PackedBatch& batch :
       pack(groups, GroupArray::Zero(std::ssize(groups), completions), max_tokens, c10::kCPU)) {
    const TokenScores scores = policy.score(batch);
    const float* recorded = batch.old_logprobs.data_ptr<float>();
    for (int64_t i = 0; i < batch.targets.size(0); ++i)
      count.different +=
          !same_bits(scores.logprobs.data_ptr<float>()[i], recorded[i]) ||
          !same_bits(scores.entropy.data_ptr<float>()[i], entropy[static_cast<size_t>(count.tokens + i)]);
    count.tokens += batch.targets.size(0);
  }
  return count;
}

class Trials {
 public:
  explicit Trials(const Arguments& arguments)
      : tokenizer_(Tokenizer::load(arguments.text("model"))),
        draws_(static_cast<uint64_t>(arguments.integer("seed"))),
        max_prompt_(arguments.integer("max-prompt")),
        max_new_(arguments.integer("max-new")),
        lowest_body_(arguments.text("bodies") == "best" ? kernels::num_isas() - 1 : 0) {
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16})
      policies_.push_back(load_policy(arguments.text("model"), {.dtype = dtype}));
    text_ = write_text(policies_.front(), tokenizer_, max_prompt_);
  }

  void run() {
    kernels::force_isa(static_cast<int>(draws_.between(lowest_body_, kernels::num_isas() - 1)));
    const auto type = static_cast<size_t>(draws_.between(0, 1));
    Policy& policy = policies_[type];
    policy.weights_changed();

    RolloutOptions options{.group_size = draws_.between(1, 8),
                           .max_new_tokens = draws_.between(1, max_new_),
                           .sampling = draws_.one_of(kSamplings),
                           .seed = static_cast<uint64_t>(draws_.between(0, 1'000'000)),
                           .precision = draws_.between(0, 7) == 0 ? Precision::int8 : Precision::exact,
                           .max_batch = draws_.one_of(kBatches)};
    std::vector<Problem> problems = draw_problems(std::max<int64_t>(1, draws_.between(4, 96) / options.group_size));
    const int64_t threads = draws_.between(1, 3), batch = options.max_batch;
    const std::vector<Group> groups = sample(policy, options, problems, threads);
    Count count = compare_samples(groups, sample_again(policy, options, std::move(problems), longest(groups)));

    const bool shared = draws_.between(0, 1) == 1;
    const int64_t max_tokens = draws_.one_of<int64_t>({1, 2, 4, 16}) * longest(groups);
    set_num_threads(draws_.between(1, 3));
    const bool is_exact = options.precision == Precision::exact;
    if (is_exact) count += compare_scores(policy, shared ? groups : apart(groups), max_tokens);

    ++trials_;
    total_ += count;
    by_["body"][kernels::isa().name] += count;
    by_["dtype"][type == 0 ? "float32" : "bfloat16"] += count;
    by_["batch"][std::to_string(batch)] += count;
    by_["threads"][std::to_string(threads)] += count;
    by_["precision"][is_exact ? "exact" : "int8"] += count;
    by_["prompts"][shared ? "shared" : "apart"] += count;
    by_["reading"][first_read(groups, batch) > kPrefillTokens ? "in pieces" : "at once"] += count;
  }

  const Count& total() const { return total_; }
  nlohmann::json report() const {
    nlohmann::json report = {{"tokens", total_.tokens},
                             {"different", total_.different},
                             {"trials", trials_},
                             {"sequences_paused", sequences_paused_},
                             {"completions_cancelled", completions_cancelled_}};
    for (const auto& [dimension, counts] : by_)
      for (const auto& [value, count] : counts)
        report["by"][dimension][value] = {{"tokens", count.tokens}, {"different", count.different}};
    return report;
  }

 private:
  std::vector<Problem> draw_problems(int64_t count) {
    std::vector<Problem> problems;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t size = draws_.between(1, max_prompt_), first = draws_.between(0, std::ssize(text_) - size);
      const std::span<const int64_t> piece(text_.data() + first, static_cast<size_t>(size));
      // A letter before it, for a piece may be nothing but a part of a character.
      problems.push_back({.index = draws_.between(0, 999) * 1000 + i, .prompt = "a" + tokenizer_.decode(piece)});
    }
    return problems;
  }

  std::vector<Group> sample(Policy& policy, const RolloutOptions& options, const std::vector<Problem>& problems,
                            int64_t threads) const {
    set_num_threads(threads);
    return RolloutEngine(policy, tokenizer_, options).rollout(problems);
  }

  // In another order, among others; perhaps with room for a few sequences, perhaps without the end of one group.
  std::vector<Group> sample_again(Policy& policy, RolloutOptions options, std::vector<Problem> problems,
                                  int64_t longest) {
    draws_.shuffle(problems);
    options.max_batch = draws_.one_of(kBatches);
    if (draws_.between(0, 1) == 1) {
      const ModelConfig& config = policy.config();
      const int64_t bytes_per_token = 2 * config.num_layers * config.num_kv_heads * config.head_dim *
                                      static_cast<int64_t>(at::elementSize(policy.options().dtype));
      // A prompt, a sequence, and what their last blocks leave free.
      options.kv_cache_bytes = (2 * longest + options.max_new_tokens + 3 * 32) * bytes_per_token * draws_.between(1, 4);
    }
    const int64_t cancelled =
        draws_.between(-std::ssize(problems), std::ssize(problems) - 1);  // none, half of the time
    int64_t tokens_left = draws_.between(0, options.max_new_tokens);
    set_num_threads(draws_.between(1, 3));
    RolloutEngine engine(policy, tokenizer_, options);
    std::vector<Group> groups = engine.rollout(problems, 0, {}, [&](int64_t, int64_t, int64_t) {
      if (tokens_left-- == 0 && cancelled >= 0) engine.cancel(cancelled);
    });
    sequences_paused_ += engine.stats().sequences_paused;
    for (const Group& group : groups)
      for (const Completion& completion : group.completions)
        completions_cancelled_ += completion.finish == FinishReason::cancelled;
    return groups;
  }

  // Tokens of the prompts that the first batch begins with.
  static int64_t first_read(const std::vector<Group>& groups, int64_t batch) {
    int64_t tokens = 0;
    for (const Group& group : groups) {
      if (batch <= 0) break;
      tokens += std::ssize(group.prompt_tokens);
      batch -= std::ssize(group.completions);
    }
    return tokens;
  }

  static int64_t longest(const std::vector<Group>& groups) {
    int64_t longest = 0;
    for (const Group& group : groups)
      for (const Completion& completion : group.completions)
        longest = std::max(longest, std::ssize(group.prompt_tokens) + std::ssize(completion.tokens));
    return longest;
  }

  Tokenizer tokenizer_;
  Draws draws_;
  int64_t max_prompt_, max_new_, lowest_body_;
  std::vector<Policy> policies_;
  std::vector<int64_t> text_;
  int64_t trials_ = 0, sequences_paused_ = 0, completions_cancelled_ = 0;
  Count total_;
  std::map<std::string, std::map<std::string, Count>> by_;  // dimension, value
};

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv,
                            {{"model", ""},
                             {"tokens", "1000000"},
                             {"max-prompt", "160"},
                             {"max-new", "160"},
                             {"seed", "1"},
                             {"bodies", "all"}});
  const std::string& bodies = arguments.text("bodies");
  check(bodies == "all" || bodies == "best", "--bodies: expected all or best, got {}", bodies);
  const double start = seconds_now();
  Trials trials(arguments);
  while (trials.total().tokens < arguments.integer("tokens")) trials.run();
  nlohmann::json report = trials.report();
  report["seconds"] = seconds_now() - start;
  std::cout << report.dump() << "\n";
  return trials.total().different == 0 ? 0 : 1;
} catch (const cohort::Error& error) {
  std::cerr << "benchmark_exactness: " << error.what() << "\n";
  return 2;
}
