#include "cohort/rollout.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>

#include "cohort/error.hpp"
#include "src/block_pool.hpp"
#include "src/models/policy_state.hpp"

namespace cohort {
namespace {

using kernels::kBlockTokens;
using models::KvCache;
using models::TokenBatch;
using models::Transformer;

// Prompts are read this many tokens at a time: a bound on the memory of prefill that changes no result.
constexpr int64_t kPrefillTokens = 2048;

int64_t blocks_for(int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

// One completion while it is decoded.
struct Row {
  int64_t group, completion;
  std::vector<int32_t> blocks;  // of positions 0 …; the first ones belong to the prompt, shared by the group
  int64_t shared_blocks = 0;
};

// One problem's prompt in the cache, while completions of it are decoded.
struct Prompt {
  std::vector<int32_t> blocks;
  at::Tensor hidden;  // [1, hidden] of the last prompt token, before the last norm
  int64_t rows_left = 0;
};

// Columns of a forward over some rows.
struct ForwardColumns {
  std::vector<int64_t> tokens, positions, slots;
  std::vector<int32_t> cu_queries{0}, first_position;
  std::vector<const std::vector<int32_t>*> tables;

  void add_token(int64_t token, int64_t position, const std::vector<int32_t>& table) {
    tokens.push_back(token);
    positions.push_back(position);
    slots.push_back(table[static_cast<size_t>(position / kBlockTokens)] * kBlockTokens + position % kBlockTokens);
  }
  void end_sequence(int64_t first, const std::vector<int32_t>& table) {
    cu_queries.push_back(static_cast<int32_t>(tokens.size()));
    first_position.push_back(static_cast<int32_t>(first));
    tables.push_back(&table);
  }
  TokenBatch on(c10::Device device) const {
    size_t max_blocks = 1;
    for (const auto* table : tables) max_blocks = std::max(max_blocks, table->size());
    at::Tensor block_table = at::zeros({std::ssize(tables), static_cast<int64_t>(max_blocks)}, at::kInt);
    for (size_t s = 0; s < tables.size(); ++s)
      std::copy(tables[s]->begin(), tables[s]->end(), block_table.data_ptr<int32_t>() + s * max_blocks);
    const auto ids = [&](const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).to(device); };
    const auto bounds = [&](const std::vector<int32_t>& values) { return at::tensor(values, at::kInt).to(device); };
    return {
        ids(tokens), ids(positions), ids(slots), {bounds(cu_queries), bounds(first_position), block_table.to(device)}};
  }
};

}  // namespace

struct RolloutEngine::State {
  Policy& policy;
  Tokenizer tokenizer;
  RolloutOptions options;
  std::set<int64_t> stops;
  size_t longest_stop = 0;

  KvCache cache;  // kept between calls
  BlockPool pool;

  // Of the call in progress.
  int64_t step = 0;
  std::vector<Group> groups;
  std::vector<Prompt> prompts;
  std::vector<int64_t> completions_left;
  std::vector<std::vector<std::string>> tails;  // [group][completion] last bytes, where stop strings are looked for
  const GroupCallback* on_group = nullptr;
  const TokenCallback* on_token = nullptr;

  std::vector<Group> run();
  void check_prompt(size_t index) const;
  void read_prompts(std::span<const int64_t> wanted);
  Row start_row(int64_t group, int64_t completion);
  void grow(Row& row);
  void release(Row& row);
  at::Tensor advance(std::vector<Row>& rows);
  ops::Drawn draw(const at::Tensor& hidden, std::span<const Row> rows);
  bool accept(const Row& row, int64_t token, double logprob, double entropy);
  bool ends_with_stop(const Row& row, int64_t token);
  void finish(const Row& row, FinishReason reason);

  Completion& completion_of(const Row& row) {
    return groups[static_cast<size_t>(row.group)].completions[static_cast<size_t>(row.completion)];
  }
  int64_t prompt_size(int64_t group) const { return std::ssize(groups[static_cast<size_t>(group)].prompt_tokens); }
};

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
  state_ = std::make_unique<State>(State{.policy = policy, .tokenizer = tokenizer, .options = std::move(options)});
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
  const at::NoGradGuard no_grad;
  const models::SerialLibTorch serial;
  int64_t longest = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    check_prompt(i);
    groups[i].sampling = options.sampling;
    groups[i].completions.assign(static_cast<size_t>(options.group_size), {});
    longest = std::max(longest, std::ssize(groups[i].prompt_tokens));
  }
  if (groups.empty()) return {};
  prompts.assign(groups.size(), {});
  completions_left.assign(groups.size(), options.group_size);
  tails.assign(groups.size(), std::vector<std::string>(static_cast<size_t>(options.group_size)));

  // Room for a full batch at its longest. Pages of memory that are never written cost nothing.
  const int64_t tokens = std::min(longest + options.max_new_tokens, policy.config().max_position);
  const int64_t rows = std::min(options.max_batch, std::ssize(groups) * options.group_size);
  const int64_t needed = rows * (blocks_for(tokens) + 1) + (rows + 1) * blocks_for(longest);
  if (cache.num_blocks < needed) cache = KvCache(policy.config(), needed, policy.options());
  pool = BlockPool(cache.num_blocks);

  std::deque<std::pair<int64_t, int64_t>> waiting;
  for (int64_t g = 0; g < std::ssize(groups); ++g)
    for (int64_t i = 0; i < options.group_size; ++i) waiting.emplace_back(g, i);

  std::vector<Row> active;
  while (!active.empty() || !waiting.empty()) {
    // New rows take the places of finished ones: their prompts are read, and their first tokens drawn.
    std::vector<Row> fresh;
    std::vector<int64_t> unread;
    const int64_t room = options.max_batch - std::ssize(active);
    for (int64_t i = 0; i < std::min<int64_t>(room, std::ssize(waiting)); ++i) {
      const int64_t group = waiting[static_cast<size_t>(i)].first;
      if (prompts[static_cast<size_t>(group)].blocks.empty() && (unread.empty() || unread.back() != group))
        unread.push_back(group);
    }
    read_prompts(unread);
    while (!waiting.empty() && std::ssize(active) + std::ssize(fresh) < options.max_batch) {
      const auto [group, completion] = waiting.front();
      waiting.pop_front();
      fresh.push_back(start_row(group, completion));
    }

    std::vector<at::Tensor> hidden;
    if (!active.empty()) hidden.push_back(advance(active));
    for (const Row& row : fresh) hidden.push_back(prompts[static_cast<size_t>(row.group)].hidden);
    active.insert(active.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));

    const ops::Drawn drawn = draw(at::cat(hidden), active);
    const at::Tensor ids = drawn.tokens.cpu(), logprobs = drawn.logprobs.to(at::kDouble).cpu();
    const at::Tensor entropy = drawn.entropy.to(at::kDouble).cpu();
    std::vector<Row> still;
    for (size_t i = 0; i < active.size(); ++i) {
      Row& row = active[i];
      if (accept(row, ids.data_ptr<int64_t>()[i], logprobs.data_ptr<double>()[i], entropy.data_ptr<double>()[i])) {
        still.push_back(std::move(row));
      } else {
        release(row);
      }
    }
    active = std::move(still);
  }
  return std::move(groups);
}

// Reads whole prompts, several in one forward, and keeps the hidden state that predicts each first token.
void RolloutEngine::State::read_prompts(std::span<const int64_t> wanted) {
  Transformer& model = policy.state().model;
  for (const int64_t g : wanted) {
    Prompt& prompt = prompts[static_cast<size_t>(g)];
    prompt.blocks = pool.take(blocks_for(prompt_size(g)));
    prompt.rows_left = options.group_size;
  }
  ForwardColumns columns;
  std::vector<std::pair<int64_t, int64_t>> ends;  // group, row of its last token
  const auto flush = [&] {
    if (columns.tokens.empty()) return;
    const at::Tensor hidden = model.forward(columns.on(policy.options().device), cache);
    for (const auto& [group, row] : ends) prompts[static_cast<size_t>(group)].hidden = hidden.narrow(0, row, 1).clone();
    columns = {};
    ends.clear();
  };
  for (const int64_t g : wanted) {
    const std::vector<int64_t>& tokens = groups[static_cast<size_t>(g)].prompt_tokens;
    const std::vector<int32_t>& table = prompts[static_cast<size_t>(g)].blocks;
    for (int64_t first = 0; first < std::ssize(tokens);) {
      const int64_t count = std::min(std::ssize(tokens) - first, kPrefillTokens - std::ssize(columns.tokens));
      for (int64_t t = first; t < first + count; ++t) columns.add_token(tokens[static_cast<size_t>(t)], t, table);
      columns.end_sequence(first, table);
      first += count;
      if (first == std::ssize(tokens)) ends.emplace_back(g, std::ssize(columns.tokens) - 1);
      if (std::ssize(columns.tokens) == kPrefillTokens) flush();
    }
  }
  flush();
}

Row RolloutEngine::State::start_row(int64_t group, int64_t completion) {
  const Prompt& prompt = prompts[static_cast<size_t>(group)];
  Row row{group, completion, prompt.blocks, prompt_size(group) / kBlockTokens};
  if (row.shared_blocks == std::ssize(row.blocks)) return row;
  // The prompt ends inside a block: the completion goes on in a copy of it.
  const int32_t from = row.blocks.back(), to = pool.take(1).front();
  const ModelConfig& config = policy.config();
  for (const ops::CacheLayer& layer : cache.layers)
    ops::copy_blocks(layer, {{from, to, prompt_size(group) % kBlockTokens}},
                     {config.num_heads, config.num_kv_heads, config.head_dim});
  row.blocks.back() = to;
  return row;
}

void RolloutEngine::State::grow(Row& row) {
  const int64_t position = prompt_size(row.group) + std::ssize(completion_of(row).tokens) - 1;
  if (position / kBlockTokens >= std::ssize(row.blocks)) row.blocks.push_back(pool.take(1).front());
}

void RolloutEngine::State::release(Row& row) {
  pool.give_back(std::span(row.blocks).subspan(static_cast<size_t>(row.shared_blocks)));
  Prompt& prompt = prompts[static_cast<size_t>(row.group)];
  if (--prompt.rows_left > 0) return;
  pool.give_back(prompt.blocks);
  prompt.hidden.reset();
}

// One new token per row, the one drawn last: [rows, hidden].
at::Tensor RolloutEngine::State::advance(std::vector<Row>& rows) {
  ForwardColumns columns;
  for (Row& row : rows) {
    grow(row);
    const int64_t position = prompt_size(row.group) + std::ssize(completion_of(row).tokens) - 1;
    columns.add_token(completion_of(row).tokens.back(), position, row.blocks);
    columns.end_sequence(position, row.blocks);
  }
  return policy.state().model.forward(columns.on(policy.options().device), cache);
}

ops::Drawn RolloutEngine::State::draw(const at::Tensor& hidden, std::span<const Row> rows) {
  std::vector<int64_t> problem, completion, position;
  for (const Row& row : rows) {
    problem.push_back(groups[static_cast<size_t>(row.group)].problem.index);
    completion.push_back(row.completion);
    position.push_back(std::ssize(completion_of(row).tokens));
  }
  const auto ids = [&](const std::vector<int64_t>& values) {
    return at::tensor(values, at::kLong).to(policy.options().device);
  };
  Transformer& model = policy.state().model;
  model.refresh();
  const Sampling& sampling = options.sampling;
  const bool greedy = sampling.temperature == 0;
  const kernels::Filters filters =
      greedy ? kernels::Filters{1, 0, 1, 0}
             : kernels::Filters{sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p};
  return ops::sample(model.final_norm(hidden).y, model.head_weight().packed, filters, greedy,
                     {options.seed, step, ids(problem), ids(completion), ids(position)});
}

// Records a drawn token. False: the completion has ended.
bool RolloutEngine::State::accept(const Row& row, int64_t token, double logprob, double entropy) {
  Completion& completion = completion_of(row);
  check(std::isfinite(logprob),
        "rollout: the policy's logits are not finite at token {} of completion {} of problem {} (step {})",
        completion.tokens.size(), row.completion, groups[static_cast<size_t>(row.group)].problem.index, step);
  completion.tokens.push_back(token);
  completion.logprobs.push_back(static_cast<float>(logprob));
  completion.entropy.push_back(static_cast<float>(entropy));
  if (on_token) (*on_token)(row.group, row.completion, token);

  if (stops.contains(token) || ends_with_stop(row, token)) return finish(row, FinishReason::stop), false;
  const int64_t length = prompt_size(row.group) + std::ssize(completion.tokens);
  if (std::ssize(completion.tokens) >= options.max_new_tokens || length >= policy.config().max_position)
    return finish(row, FinishReason::length), false;
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

void RolloutEngine::State::finish(const Row& row, FinishReason reason) {
  Completion& completion = completion_of(row);
  completion.finish = reason;
  completion.text = tokenizer.decode(completion.tokens);
  if (--completions_left[static_cast<size_t>(row.group)] == 0 && on_group)
    (*on_group)(row.group, groups[static_cast<size_t>(row.group)]);
}

}  // namespace cohort
