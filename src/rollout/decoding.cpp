#include "src/rollout/decoding.hpp"

#include <ATen/ops/cat.h>

#include <algorithm>

#include "cohort/error.hpp"
#include "src/rollout/forward_columns.hpp"
#include "src/trace/range.hpp"

namespace cohort::rollout {
namespace {

using kernels::kBlockTokens;

// Tokens that are new to the cache are read this many at a time: a bound on memory that changes no result.
constexpr int64_t kReadTokens = 2048;

int64_t blocks_for(int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

}  // namespace

CacheSize cache_size(const ModelConfig& config, at::ScalarType dtype, const RolloutOptions& options,
                     int64_t longest_prompt, int64_t num_rows, int64_t spare_blocks) {
  // Room for a full batch at its longest. Pages of memory that are never written cost nothing.
  const int64_t tokens = std::min(longest_prompt + options.max_new_tokens, config.max_position);
  const int64_t rows = std::min(options.max_batch, num_rows);
  const int64_t least = blocks_for(longest_prompt) + blocks_for(tokens) + 1;
  const int64_t block_bytes = 2 * config.num_layers * config.num_kv_heads * config.head_dim * kBlockTokens *
                              static_cast<int64_t>(c10::elementSize(dtype));
  int64_t blocks = std::max(least, rows * (blocks_for(tokens) + 1) + (rows + 1) * blocks_for(longest_prompt));
  if (options.kv_cache_bytes > 0) {
    const int64_t allowed = options.kv_cache_bytes / block_bytes - spare_blocks;
    check(allowed >= least,
          "rollout: kv_cache_bytes is {}, but one sequence of {} prompt and {} new tokens needs {} bytes",
          options.kv_cache_bytes, longest_prompt, tokens - longest_prompt, (least + spare_blocks) * block_bytes);
    blocks = std::min(blocks, allowed);
  }
  return {.blocks = blocks, .spare = spare_blocks, .blocks_of_row = blocks_for(tokens), .block_bytes = block_bytes};
}

Decoding::Decoding(models::Transformer& model, models::KvCache& cache, std::vector<Group>& groups,
                   const RolloutOptions& options, Steps& steps, int64_t step, int64_t most_steps)
    : model_(model),
      cache_(cache),
      groups_(groups),
      options_(options),
      prompts_(groups.size()),
      most_steps_(most_steps) {
  int64_t longest = 0;
  for (int64_t g = 0; g < std::ssize(groups); ++g) {
    longest = std::max(longest, std::ssize(prompt_of(g)));
    prompt_at(g).rows_left = options.group_size;
    for (int64_t i = 0; i < options.group_size; ++i) waiting_.emplace_back(g, i);
  }
  // Between two steps of a window a row that is over goes on, as one that fills up a batch does; after the last step it
  // does not.
  const int64_t rows = std::min(options.max_batch, std::ssize(waiting_));
  const bool has_idle_rows = most_steps > 1 || options.graphs == Graphs::padding_only;
  const CacheSize size = cache_size(model.config, model.options.dtype, options, longest, std::ssize(waiting_),
                                    has_idle_rows || model.options.device.is_cuda() ? steps.spare_blocks(rows) : 0);
  const int64_t blocks = size.blocks + size.spare;
  const bool is_too_large = options.kv_cache_bytes > 0 && cache.num_blocks > blocks;
  if (cache.num_blocks < blocks || is_too_large) {
    cache = {};  // the old one first
    cache = models::KvCache(model.config, blocks, model.options);
  }
  // Rows that are over read there what nobody wrote.
  const int64_t spare_elements =
      size.spare * size.block_bytes /
      (2 * model.config.num_layers * static_cast<int64_t>(c10::elementSize(model.options.dtype)));
  for (const ops::CacheLayer& layer : cache.layers)
    for (const at::Tensor& part : {layer.keys, layer.values}) part.narrow(0, 0, spare_elements).zero_();
  pool_ = BlockPool(size.blocks, size.spare);
  stats_.kv_cache_bytes = size.bytes();
  block_bytes_ = size.block_bytes;
  spare_ = size.spare;
  steps.begin(cache, step, rows, size.blocks_of_row, most_steps);
}

Window Decoding::next() {
  // Those that go on come first: they have the older claim on blocks.
  grow();
  const std::vector<Row> entered = admit();
  const auto has_tokens = [&](const Row& row) { return !sampled_by(row.group, row.completion).empty(); };
  std::ranges::copy_if(entered, std::back_inserter(active_), has_tokens);
  std::vector<at::Tensor> fresh;
  for (const Row& row : entered)
    if (!has_tokens(row)) {
      fresh.push_back(prompt_at(row.group).hidden);
      active_.push_back(row);
    }
  const int64_t steps = reserve();
  starts_.clear();
  for (const Row& row : active_) starts_.push_back(start_of(row));
  stats_.kv_peak_bytes = std::max(stats_.kv_peak_bytes, (spare_ + pool_.size() - pool_.num_free()) * block_bytes_);
  ++stats_.windows;
  stats_.steps += steps;
  return {active_, starts_, fresh.empty() ? at::Tensor() : at::cat(fresh), steps};
}

int64_t Decoding::limit_of(int64_t group) const {
  return std::min(options_.max_new_tokens, model_.config.max_position - std::ssize(prompt_of(group)));
}

// Tokens whose keys and values the cache holds once the row has drawn `steps` more: all but the last that is drawn.
int64_t Decoding::tokens_after(const Row& row, int64_t steps) const {
  const int64_t drawn = std::min(std::ssize(sampled_by(row.group, row.completion)) + steps, limit_of(row.group));
  return std::ssize(prompt_of(row.group)) + drawn - 1;
}

RowStart Decoding::start_of(const Row& row) const {
  const std::vector<int64_t>&prompt = prompt_of(row.group), &sampled = sampled_by(row.group, row.completion);
  return {.token = sampled.empty() ? prompt.back() : sampled.back(),
          .position = std::ssize(prompt) + std::ssize(sampled) - 1,
          .problem = groups_[static_cast<size_t>(row.group)].problem.index,
          .completion = row.completion,
          .draws = std::ssize(sampled),
          .limit = limit_of(row.group),
          .blocks = row.blocks,
          .record = completion_at(row.group, row.completion).activations.get()};
}

// Steps that a window may have, with blocks for all of them. Where memory is short the window is: nobody gives up a
// place for steps that lie ahead.
int64_t Decoding::reserve() {
  int64_t steps = 1;
  for (const Row& row : active_)
    steps = std::max(steps, limit_of(row.group) - std::ssize(sampled_by(row.group, row.completion)));
  steps = std::min(steps, most_steps_);
  const auto missing = [&](const Row& row) {
    return std::max<int64_t>(0, blocks_for(tokens_after(row, steps)) - std::ssize(row.blocks));
  };
  for (; steps > 1; --steps) {
    int64_t wanted = 0;
    for (const Row& row : active_) wanted += missing(row);
    if (wanted <= pool_.num_free()) break;
  }
  if (steps > 1)
    for (Row& row : active_)
      for (int64_t count = missing(row); count > 0; --count) row.blocks.push_back(pool_.take(1).front());
  return steps;
}

// Rows take the places of those that ended, as long as the cache has room for them and one block for each row that
// runs.
std::vector<Row> Decoding::admit() {
  struct Entering {
    int64_t group, completion;
  };
  std::vector<Entering> entering;
  std::vector<Unread> unread;
  int64_t promised = 0;
  while (!waiting_.empty()) {
    const auto [group, completion] = waiting_.front();
    const int64_t running = std::ssize(active_) + std::ssize(entering);
    if (running >= options_.max_batch) break;
    const std::vector<int64_t>& tokens = prompt_of(group);
    const int64_t length = std::ssize(tokens), sampled = std::ssize(sampled_by(group, completion));
    const bool is_unread = prompt_at(group).blocks.empty();
    const int64_t own = blocks_for(length + sampled + 1) - length / kBlockTokens;
    const int64_t wanted = own + (is_unread ? blocks_for(length) : 0);
    if (promised + wanted + running > pool_.num_free()) {
      if (running > 0 || !evict_idle_prompts()) break;
      continue;
    }
    if (is_unread) {
      Prompt& prompt = prompt_at(group);
      prompt.blocks = pool_.take(blocks_for(length));
      unread.push_back({tokens, 0, &prompt.blocks, &prompt.hidden});
      stats_.prompt_tokens += length;
    }
    promised += own;
    ++prompt_at(group).rows_active;
    entering.push_back({group, completion});
    waiting_.pop_front();
  }
  read(unread);

  std::vector<ops::BlockCopy> copies;
  std::vector<Row> rows;
  for (const Entering& row : entering) rows.push_back(start(row.group, row.completion, copies));
  const ModelConfig& config = model_.config;
  const at::Tensor on_device = ops::block_copies(copies, model_.options.device);
  for (const ops::CacheLayer& layer : cache_.layers)
    ops::copy_blocks(layer, on_device, {config.num_heads, config.num_kv_heads, config.head_dim});
  // What a row had sampled before it gave up its place, but for the last token, which advance() reads.
  unread.clear();
  for (const Row& row : rows) {
    const std::span<const int64_t> sampled = sampled_by(row.group, row.completion);
    if (sampled.size() < 2) continue;
    unread.push_back({sampled.first(sampled.size() - 1), std::ssize(prompt_of(row.group)), &row.blocks, nullptr});
    stats_.tokens_again += std::ssize(sampled) - 1;
  }
  read(unread);
  return rows;
}

// Gives a row its blocks. Where the prompt ends inside a block, the row goes on in a copy of it.
Row Decoding::start(int64_t group, int64_t completion, std::vector<ops::BlockCopy>& copies) {
  const int64_t length = std::ssize(prompt_of(group)), sampled = std::ssize(sampled_by(group, completion));
  Row row{group, completion, prompt_at(group).blocks, length / kBlockTokens};
  if (length % kBlockTokens > 0) {
    const int32_t own = pool_.take(1).front();
    copies.push_back({row.blocks.back(), own, static_cast<int32_t>(length % kBlockTokens)});
    row.blocks.back() = own;
  }
  while (std::ssize(row.blocks) < blocks_for(length + sampled)) row.blocks.push_back(pool_.take(1).front());
  return row;
}

void Decoding::read(std::span<const Unread> unread) {
  ForwardColumns columns;
  std::vector<std::pair<at::Tensor*, int64_t>> ends;  // where the hidden state of a sequence's last token goes
  const auto flush = [&] {
    if (columns.size() == 0) return;
    const trace::Range range("prefill");
    const at::Tensor hidden = model_.forward(columns.on(model_.options.device), cache_, options_.precision);
    for (const auto& [to, sequence] : ends) *to = hidden.narrow(0, sequence, 1).clone();
    columns = {};
    ends.clear();
  };
  for (const Unread& sequence : unread)
    for (int64_t first = 0; first < std::ssize(sequence.tokens);) {
      const int64_t count = std::min(std::ssize(sequence.tokens) - first, kReadTokens - columns.size());
      const auto part = sequence.tokens.subspan(static_cast<size_t>(first), static_cast<size_t>(count));
      columns.add(part, sequence.first + first, *sequence.table);
      first += count;
      if (first == std::ssize(sequence.tokens) && sequence.hidden)
        ends.emplace_back(sequence.hidden, columns.num_sequences() - 1);
      if (columns.size() == kReadTokens) flush();
    }
  flush();
}

// A block for each row whose next token begins one. Where there is none left, the youngest row goes back to wait.
void Decoding::grow() {
  for (size_t i = 0; i < active_.size(); ++i) {
    Row& row = active_[i];
    const int64_t tokens = tokens_after(row, 1);
    while (i < active_.size() && std::ssize(row.blocks) < blocks_for(tokens)) {
      if (pool_.num_free() > 0) {
        row.blocks.push_back(pool_.take(1).front());
      } else if (!evict_idle_prompts()) {
        const Row& youngest = active_.back();
        waiting_.emplace_front(youngest.group, youngest.completion);
        give_back(youngest);
        active_.pop_back();
        ++stats_.sequences_paused;
      }
    }
  }
}

void Decoding::retain(const std::vector<bool>& keep) {
  std::vector<Row> kept;
  for (size_t i = 0; i < active_.size(); ++i) {
    if (keep[i]) {
      kept.push_back(std::move(active_[i]));
    } else {
      give_back(active_[i]);
      end(active_[i].group);
    }
  }
  active_ = std::move(kept);
}

void Decoding::give_back(const Row& row) {
  pool_.give_back(std::span(row.blocks).subspan(static_cast<size_t>(row.shared_blocks)));
  --prompt_at(row.group).rows_active;
}

// One row of a group is over. With the last one goes the prompt.
void Decoding::end(int64_t group) {
  Prompt& prompt = prompt_at(group);
  if (--prompt.rows_left > 0) return;
  pool_.give_back(prompt.blocks);
  prompt.blocks.clear();
  prompt.hidden.reset();
}

// Prompts none of whose rows is decoded now are read again when their turn comes. False if there are none.
bool Decoding::evict_idle_prompts() {
  bool has_evicted = false;
  for (Prompt& prompt : prompts_) {
    if (prompt.rows_active > 0 || prompt.blocks.empty()) continue;
    pool_.give_back(prompt.blocks);
    prompt.blocks.clear();
    prompt.hidden.reset();
    has_evicted = true;
  }
  return has_evicted;
}

}  // namespace cohort::rollout
