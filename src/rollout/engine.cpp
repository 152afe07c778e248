#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>
#include <utility>

#include "cohort/error.hpp"
#include "cohort/rollout.hpp"
#include "kernels/launch.hpp"
#include "src/models/policy_state.hpp"
#include "src/rollout/decoding.hpp"
#include "src/rollout/steps.hpp"
#include "src/trace/range.hpp"

namespace cohort {

using rollout::Decoding;
using rollout::Row;
using rollout::Steps;

struct RolloutEngine::State {
  Policy& policy;
  Tokenizer tokenizer;
  RolloutOptions options;
  std::set<int64_t> stops;
  size_t longest_stop = 0;
  models::KvCache cache;         // kept between calls on a GPU
  std::unique_ptr<Steps> steps;  // likewise: recorded steps know where the cache lies
  RolloutStats stats;

  std::mutex cancelled_mutex;
  std::set<int64_t> cancelled;  // since the rollout in progress looked last

  // Of the call in progress.
  int64_t step = 0;
  std::vector<Group> groups;
  std::vector<int64_t> completions_left;
  std::vector<std::vector<std::string>> tails;  // [group][completion] last bytes, where stop strings are looked for
  const GroupCallback* on_group = nullptr;
  const TokenCallback* on_token = nullptr;

  State(Policy& policy, const Tokenizer& tokenizer, RolloutOptions options)
      : policy(policy), tokenizer(tokenizer), options(std::move(options)) {}

  std::vector<Group> run();
  void check_prompt(size_t index) const;
  void decode(Decoding& decoding);
  void cancel_groups(Decoding& decoding, std::span<const Row> rows, std::vector<bool>& goes_on);
  int64_t window_steps() const;
  bool accept(const Row& row, const kernels::DrawnToken& drawn);
  bool ends_with_stop(const Row& row, int64_t token);
  void finish(int64_t group, int64_t completion, FinishReason reason);

  Completion& completion_of(const Row& row) {
    return groups[static_cast<size_t>(row.group)].completions[static_cast<size_t>(row.completion)];
  }
  int64_t prompt_size(int64_t group) const { return std::ssize(groups[static_cast<size_t>(group)].prompt_tokens); }
};

namespace {

void check_fp8(const Policy& policy) {
  const PolicyOptions& options = policy.options();
  check(kernels::is_hopper(options.device) && options.dtype == at::kBFloat16,
        "rollout: precision fp8 is for policies of bfloat16 on a GPU of compute capability 9.0, got {} on {}",
        c10::toString(options.dtype), options.device.str());
  const ModelConfig& config = policy.config();
  const int64_t queries = config.num_heads * config.head_dim, keys = config.num_kv_heads * config.head_dim;
  for (const auto& [name, size] : {std::pair{"hidden_size", config.hidden_size},
                                   {"intermediate_size", config.intermediate_size},
                                   {"heads times head_dim", queries},
                                   {"heads of queries, keys and values times head_dim", queries + 2 * keys}})
    check(size % 16 == 0, "rollout: precision fp8 takes multiples of 16, got {} of {}", name, size);
}

}  // namespace

RolloutEngine::RolloutEngine(Policy& policy, const Tokenizer& tokenizer, RolloutOptions options) {
  const Sampling& sampling = options.sampling;
  check(options.group_size >= 1, "rollout: group_size must be at least 1, got {}", options.group_size);
  check(options.max_new_tokens >= 1, "rollout: max_new_tokens must be at least 1, got {}", options.max_new_tokens);
  check(options.max_batch >= 1, "rollout: max_batch must be at least 1, got {}", options.max_batch);
  check(sampling.temperature >= 0 && std::isfinite(sampling.temperature),
        "rollout: temperature must be at least 0, got {}", sampling.temperature);
  check(sampling.top_k >= 0, "rollout: top_k must be at least 0, got {}", sampling.top_k);
  check(sampling.top_p > 0 && sampling.top_p <= 1, "rollout: top_p must be in (0, 1], got {}", sampling.top_p);
  check(sampling.min_p >= 0 && sampling.min_p < 1, "rollout: min_p must be in [0, 1), got {}", sampling.min_p);
  check(options.kv_cache_bytes >= 0, "rollout: kv_cache_bytes must be at least 0, got {}", options.kv_cache_bytes);
  const c10::Device device = policy.options().device;
  check(options.precision != Precision::int8 || (device.is_cpu() && policy.options().dtype != at::kDouble),
        "rollout: precision int8 is for policies of float32 or bfloat16 on the CPU, got {} on {}",
        c10::toString(policy.options().dtype), device.str());
  check(!is_eight_bits(options.precision) || policy.config().experts.count == 0,
        "rollout: precision int8 and fp8 are for models without experts, got {} of them",
        policy.config().experts.count);
  if (options.precision == Precision::fp8) check_fp8(policy);
  check(options.precision != Precision::fast || device.is_cuda(),
        "rollout: precision fast is for policies on a GPU, got {}: the CPU's exact sums have no faster order",
        device.str());
  check(options.activation_tokens >= 0, "rollout: activation_tokens must be at least 0, got {}",
        options.activation_tokens);
  check(
      options.activation_tokens == 0 || (device.is_cpu() && options.precision == Precision::exact),
      "rollout: activation_tokens are for exact rollouts on the CPU: others do not compute what an update does; got {} "
      "on {}",
      options.activation_tokens, device.str());
  check(options.activation_tokens == 0 || !policy.options().packed_only,
        "rollout: activation_tokens are for policies that are updated, and this one is packed_only");
  check(options.decode_window >= 0, "rollout: decode_window must be at least 0, got {}", options.decode_window);
  state_ = std::make_unique<State>(policy, tokenizer, std::move(options));
  State& state = *state_;
  state.stops.insert(state.options.stop_tokens.begin(), state.options.stop_tokens.end());
  if (!state.options.ignore_eos) {
    state.stops.insert(tokenizer.stop_tokens().begin(), tokenizer.stop_tokens().end());
    state.stops.insert(policy.config().eos_tokens.begin(), policy.config().eos_tokens.end());
  }
  for (const std::string& stop : state.options.stop) {
    check(!stop.empty(), "rollout: an empty stop string");
    state.longest_stop = std::max(state.longest_stop, stop.size());
  }
  const std::vector<int64_t> stops(state.stops.begin(), state.stops.end());
  state.steps = std::make_unique<Steps>(policy.state().model, state.options, stops);
}

RolloutEngine::~RolloutEngine() = default;

std::vector<Group> RolloutEngine::rollout(std::span<const Problem> problems, int64_t step,
                                          const GroupCallback& on_group, const TokenCallback& on_token) {
  State& state = *state_;
  state.groups.clear();
  for (const Problem& problem : problems)
    state.groups.push_back({.problem = problem, .prompt_tokens = state.tokenizer.encode_problem(problem)});
  state.step = step;
  state.on_group = on_group ? &on_group : nullptr;
  state.on_token = on_token ? &on_token : nullptr;
  return state.run();
}

std::vector<Group> RolloutEngine::rollout_tokens(std::span<const std::vector<int64_t>> prompts, int64_t step,
                                                 const GroupCallback& on_group, const TokenCallback& on_token) {
  State& state = *state_;
  state.groups.clear();
  for (size_t i = 0; i < prompts.size(); ++i)
    state.groups.push_back({.problem = {.index = static_cast<int64_t>(i)}, .prompt_tokens = prompts[i]});
  state.step = step;
  state.on_group = on_group ? &on_group : nullptr;
  state.on_token = on_token ? &on_token : nullptr;
  return state.run();
}

void RolloutEngine::cancel(int64_t index) {
  const std::lock_guard lock(state_->cancelled_mutex);
  state_->cancelled.insert(index);
}

void RolloutEngine::release_cache() { state_->cache = {}; }

const RolloutStats& RolloutEngine::stats() const { return state_->stats; }

void RolloutEngine::State::check_prompt(size_t index) const {
  const Group& group = groups[index];
  const int64_t context = policy.config().max_position, length = std::ssize(group.prompt_tokens);
  check(length > 0, "rollout: problem {} has an empty prompt", group.problem.index);
  check(length < context, "rollout: the prompt of problem {} has {} tokens, which leaves no room in the context of {}",
        group.problem.index, length, context);
  for (const int64_t token : group.prompt_tokens)
    check(token >= 0 && token < policy.config().vocab_size,
          "rollout: token {} in the prompt of problem {} is outside the model's vocabulary of {}", token,
          group.problem.index, policy.config().vocab_size);
}

std::vector<Group> RolloutEngine::State::run() {
  const trace::Range range("rollout");
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  for (size_t i = 0; i < groups.size(); ++i) {
    check_prompt(i);
    groups[i].sampling = options.sampling;
    groups[i].precision = options.precision;
    groups[i].completions.assign(static_cast<size_t>(options.group_size), {});
    if (options.activation_tokens > 0)
      for (Completion& completion : groups[i].completions)
        completion.activations =
            policy.state().model.records->begin(groups[i].prompt_tokens, options.activation_tokens);
  }
  stats = {};
  if (groups.empty()) return {};
  completions_left.assign(groups.size(), options.group_size);
  tails.assign(groups.size(), std::vector<std::string>(static_cast<size_t>(options.group_size)));
  {
    const std::lock_guard lock(cancelled_mutex);
    cancelled.clear();
  }

  Decoding decoding(policy.state().model, cache, groups, options, *steps, step, window_steps());
  std::vector<bool> none;
  try {
    for (cancel_groups(decoding, {}, none); !decoding.is_done();) decode(decoding);
  } catch (...) {
    groups.clear();  // and what was kept for an update that will not be
    throw;
  }
  stats = decoding.stats();
  // On a CPU nothing is recorded that knows where the cache lies: its memory serves what comes next.
  if (policy.options().device.is_cpu()) cache = {};
  return std::move(groups);
}

int64_t RolloutEngine::State::window_steps() const {
  if (options.decode_window > 0) return options.decode_window;
  return policy.options().device.is_cpu() ? 1 : 8;
}

// One window. The host goes through the draws of a step while the device works on the next ones.
void RolloutEngine::State::decode(Decoding& decoding) {
  const rollout::Window window = decoding.next();
  const trace::Range range("decode window");
  steps->run(window.starts, window.fresh, window.steps);
  std::vector<bool> goes_on(window.rows.size(), true);
  for (int64_t t = 0; t < window.steps && std::ranges::count(goes_on, true) > 0; ++t) {
    const std::span<const kernels::DrawnToken> drawn = steps->drawn(t);
    for (size_t i = 0; i < goes_on.size(); ++i)
      if (goes_on[i]) goes_on[i] = accept(window.rows[i], drawn[i]);
    cancel_groups(decoding, window.rows, goes_on);
  }
  decoding.retain(goes_on);
}

void RolloutEngine::State::cancel_groups(Decoding& decoding, std::span<const Row> rows, std::vector<bool>& goes_on) {
  std::set<int64_t> wanted;
  {
    const std::lock_guard lock(cancelled_mutex);
    wanted.swap(cancelled);
  }
  for (const int64_t group : wanted) {
    for (size_t i = 0; i < rows.size(); ++i)
      if (goes_on[i] && rows[i].group == group) {
        finish(group, rows[i].completion, FinishReason::cancelled);
        goes_on[i] = false;
      }
    decoding.drop_waiting(group, [&](int64_t completion) { finish(group, completion, FinishReason::cancelled); });
    // No update takes a group of which a completion was cancelled.
    std::vector<Completion>& completions = groups[static_cast<size_t>(group)].completions;
    const auto is_cancelled = [](const Completion& one) { return one.finish == FinishReason::cancelled; };
    if (std::ranges::any_of(completions, is_cancelled))
      for (Completion& completion : completions) completion.activations.reset();
  }
}

// Records a drawn token. False: the completion has ended.
bool RolloutEngine::State::accept(const Row& row, const kernels::DrawnToken& drawn) {
  Completion& completion = completion_of(row);
  check(std::isfinite(drawn.logprob),
        "rollout: the policy's logits are not finite at token {} of completion {} of problem {} (step {})",
        completion.tokens.size(), row.completion, groups[static_cast<size_t>(row.group)].problem.index, step);
  completion.tokens.push_back(drawn.token);
  completion.logprobs.push_back(static_cast<float>(drawn.logprob));
  completion.entropy.push_back(static_cast<float>(drawn.entropy));
  completion.max_logit.push_back(static_cast<float>(drawn.max_logit));
  completion.log_sum.push_back(static_cast<float>(drawn.log_sum));
  if (on_token) (*on_token)(row.group, row.completion, drawn.token);

  if (stops.contains(drawn.token) || ends_with_stop(row, drawn.token))
    return finish(row.group, row.completion, FinishReason::stop), false;
  const int64_t length = prompt_size(row.group) + std::ssize(completion.tokens);
  if (std::ssize(completion.tokens) >= options.max_new_tokens || length >= policy.config().max_position)
    return finish(row.group, row.completion, FinishReason::length), false;
  return true;
}

// Looks for a stop string that ends in this token's bytes; it may have begun tokens ago.
bool RolloutEngine::State::ends_with_stop(const Row& row, int64_t token) {
  if (longest_stop == 0) return false;
  std::string& tail = tails[static_cast<size_t>(row.group)][static_cast<size_t>(row.completion)];
  const size_t old_size = tail.size();
  tail += tokenizer.bytes(token);
  for (const std::string& stop : options.stop) {
    const size_t from = old_size >= stop.size() - 1 ? old_size - (stop.size() - 1) : 0;
    if (tail.find(stop, from) != std::string::npos) return true;
  }
  if (tail.size() > 2 * longest_stop) tail.erase(0, tail.size() - longest_stop);
  return false;
}

void RolloutEngine::State::finish(int64_t group, int64_t completion, FinishReason reason) {
  Completion& ended = groups[static_cast<size_t>(group)].completions[static_cast<size_t>(completion)];
  ended.finish = reason;
  ended.text = tokenizer.decode(ended.tokens);
  if (ended.activations && ended.activations->has_ended()) ended.activations.reset();
  const bool is_complete = --completions_left[static_cast<size_t>(group)] == 0;
  if (is_complete && reason != FinishReason::cancelled && on_group)
    (*on_group)(group, groups[static_cast<size_t>(group)]);
}

}  // namespace cohort
