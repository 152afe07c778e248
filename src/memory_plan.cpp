#include "cohort/memory_plan.hpp"

#include <algorithm>

#include "cohort/error.hpp"
#include "kernels/cpu/gemm.hpp"
#include "kernels/launch.hpp"
#include "kernels/memory.hpp"
#include "kernels/ops.hpp"
#include "src/models/recorded_activations.hpp"
#include "src/models/transformer.hpp"
#include "src/models/weight_plan.hpp"
#include "src/rollout/buckets.hpp"
#include "src/rollout/decoding.hpp"

namespace cohort {
namespace {

using kernels::kBlockTokens;

// What CUDA's context and the libraries' workspaces commonly take of a card.
constexpr int64_t kDeviceRuntime = int64_t{1} << 30;
// Rows of a chunk of logits on a CPU (kernels/cpu/token_scores.cpp); on a GPU their bytes are bounded.
constexpr int64_t kLogitRows = 256;

struct Matrix {
  int64_t out, in, count;
};

// All weights of a model by their kinds.
struct Weights {
  std::vector<std::vector<Matrix>> layers;  // that products read, layer by layer
  std::vector<Matrix> head;
  int64_t matrices = 0, vectors = 0;  // elements
  int64_t norms = 0;                  // of the vectors
};

Weights weights_of(const ModelConfig& config) {
  Weights weights;
  weights.layers.resize(static_cast<size_t>(config.num_layers));
  weights.head = {{config.vocab_size, config.hidden_size, 1}};
  for (const models::PlannedWeight& planned : models::plan_weights(config)) {
    using Planned = models::PlannedWeight;
    const bool is_head = planned.slot == Planned::embedding || planned.slot == Planned::head;
    if (planned.is_product && !is_head)
      weights.layers[static_cast<size_t>(planned.layer)].push_back(
          {planned.rows / planned.groups, planned.columns, planned.groups});
    (planned.is_matrix() ? weights.matrices : weights.vectors) += planned.rows * std::max<int64_t>(planned.columns, 1);
    for (const Planned::Slot norm :
         {Planned::input_norm, Planned::q_norm, Planned::k_norm, Planned::post_norm, Planned::norm})
      if (planned.slot == norm) weights.norms += planned.rows;
  }
  return weights;
}

// Panels that the CPU's products read.
int64_t panel_bytes(const std::vector<Matrix>& matrices, at::ScalarType dtype) {
  int64_t bytes = 0;
  kernels::with_weight_type(dtype, [&](auto type) {
    using W = decltype(type);
    for (const auto& [out, in, count] : matrices)
      bytes += count * static_cast<int64_t>(sizeof(W)) * kernels::panels_size<W>(out, in);
  });
  return bytes;
}

int64_t panel_bytes(const Weights& weights, at::ScalarType dtype) {
  int64_t bytes = panel_bytes(weights.head, dtype);
  for (const std::vector<Matrix>& layer : weights.layers) bytes += panel_bytes(layer, dtype);
  return bytes;
}

// Those of the transposes: of a layer, or of the head, whichever are most.
int64_t transposed_bytes(const Weights& weights, at::ScalarType dtype) {
  const auto of_one = [&](std::vector<Matrix> matrices) {
    for (Matrix& matrix : matrices) std::swap(matrix.in, matrix.out);
    return panel_bytes(matrices, dtype);
  };
  int64_t most = of_one(weights.head);
  for (const std::vector<Matrix>& layer : weights.layers) most = std::max(most, of_one(layer));
  return most;
}

// Panels of integers, a scale and an offset each on a CPU; rows of float8 and a scale each on a GPU.
int64_t eight_bit_bytes(const Weights& weights, bool on_cpu) {
  int64_t bytes = 0;
  for (const std::vector<Matrix>& layer : weights.layers)
    for (const auto& [out, in, count] : layer)
      bytes += count * (on_cpu ? kernels::panels_size<int8_t>(out, in) + 8 * out : out * in + 4 * out);
  return bytes;
}

// Bytes of a row that a layer may keep for the backward, part by part, and of those that pass through its attention and
// its MLP.
struct RowOfLayer {
  int64_t input, projections, attended, mlp;
  int64_t passing_attention, passing_mlp;
  int64_t mlp_rows;  // at once on a CPU
};

RowOfLayer row_of(const ModelConfig& config, int64_t layer, int64_t number_size, int64_t weight_size, bool on_cpu) {
  const int64_t d = config.hidden_size, ff = config.gated_size(layer), q = config.num_heads * config.head_dim;
  const int64_t qkv = q + 2 * config.num_kv_heads * config.head_dim;
  // A GPU's attention leaves a sum for each head.
  const int64_t sums = !on_cpu && weight_size < number_size ? config.num_heads * number_size : 0;
  // Queries as attention reads them, or the projection that head norms turn back to.
  const int64_t queries = config.qk_norm ? qkv * number_size : q * (on_cpu ? number_size : weight_size);
  // To experts a row goes once for each, and so comes back; what a backward reads of it is brought into their order.
  const bool has_experts = config.has_experts(layer);
  const int64_t visited =
      has_experts ? config.experts.per_token * d * std::max(number_size, 2 * weight_size) + 2 * ff * weight_size : 0;
  // Backward: the gradients of the stream, of a product's result and of its input, and a layer's own row once more.
  return {.input = d * number_size,
          .projections = d * number_size + queries,
          .attended = q * weight_size + sums,
          .mlp = 2 * ff * weight_size,
          .passing_attention = (4 * d + 2 * qkv + 2 * q) * number_size,
          .passing_mlp = ff * (number_size + 3 * weight_size) + visited,
          .mlp_rows = models::mlp_rows(config, has_experts)};
}

// A layer in which most passes.
RowOfLayer widest_row_of(const ModelConfig& config, int64_t number_size, int64_t weight_size, bool on_cpu) {
  RowOfLayer widest{};
  for (int64_t layer = 0; layer < config.num_layers; ++layer) {
    const RowOfLayer row = row_of(config, layer, number_size, weight_size, on_cpu);
    if (row.passing_mlp > widest.passing_mlp) widest = row;
  }
  return widest;
}

/// What passes through a layer at once: on a CPU the MLP takes some rows at a time.
int64_t passing(const RowOfLayer& row, int64_t rows, bool on_cpu) {
  return rows * row.passing_attention + (on_cpu ? std::min(rows, row.mlp_rows) : rows) * row.passing_mlp;
}

// Of a row, by all layers.
int64_t kept_of(const ModelConfig& config, const PolicyOptions& policy, int64_t number_size, int64_t weight_size) {
  const models::KeptParts keeps = models::kept_parts(policy.activation_checkpointing);
  int64_t bytes = 0;
  for (int64_t layer = 0; layer < config.num_layers; ++layer) {
    const RowOfLayer row = row_of(config, layer, number_size, weight_size, policy.device.is_cpu());
    bytes += row.input + (keeps.projections ? row.projections : 0) + (keeps.attended ? row.attended : 0) +
             (keeps.mlp ? row.mlp : 0);
  }
  return bytes;
}

// Rows of records, which take memory some at a time. The last token of a completion is read by nobody.
int64_t records_of(const PlannedRun& run, int64_t new_tokens) {
  constexpr int64_t kRows = models::RecordLayout::kRows;
  const int64_t longest = std::max<int64_t>(0, new_tokens + kRows - 2) / kRows * kRows;
  return std::min(run.sequences * longest, run.rollout.activation_tokens / kRows * kRows);
}

template <typename Predicate>
int64_t sum(const std::vector<MemoryPart>& parts, Predicate counts) {
  int64_t bytes = 0;
  for (const MemoryPart& part : parts)
    if (counts(part)) bytes += part.bytes;
  return bytes;
}

}  // namespace

int64_t MemoryPlan::rollout_bytes() const {
  return sum(parts, [](const MemoryPart& part) { return part.in_rollout && !part.on_host; });
}
int64_t MemoryPlan::update_bytes() const {
  return sum(parts, [](const MemoryPart& part) { return part.in_update && !part.on_host; });
}
int64_t MemoryPlan::peak_bytes() const { return std::max(rollout_bytes(), update_bytes()); }
int64_t MemoryPlan::host_bytes() const {
  return sum(parts, [](const MemoryPart& part) { return part.on_host; });
}

MemoryPlan plan_memory(const ModelConfig& config, const PlannedRun& run) {
  check(run.sequences > 0 && run.longest_prompt > 0,
        "plan_memory: expected sequences and a longest prompt, got {} and {}", run.sequences, run.longest_prompt);
  check(!is_eight_bits(run.rollout.precision) || config.experts.count == 0,
        "plan_memory: precision int8 and fp8 are for models without experts, got {} of them", config.experts.count);
  const at::ScalarType dtype = run.policy.dtype, activation = ops::activation_dtype(dtype);
  const auto weight_size = static_cast<int64_t>(c10::elementSize(dtype));
  const auto number_size = static_cast<int64_t>(c10::elementSize(activation));
  const bool on_cpu = run.policy.device.is_cpu();
  const Weights weights = weights_of(config);
  const int64_t count = weights.matrices + weights.vectors;
  // Vectors in another form than the weights': rounded ones, and norms that multiply by 1 more.
  const int64_t computed = dtype != activation ? weights.vectors : config.centred_norms ? weights.norms : 0;
  const int64_t tables = config.max_position * config.head_dim * number_size;
  const int64_t policy_bytes = count * weight_size + computed * number_size + tables;
  const int64_t panels = on_cpu ? panel_bytes(weights, dtype) : 0;

  MemoryPlan plan;
  const auto add = [&](MemoryPart part) {
    if (part.bytes > 0) plan.parts.push_back(std::move(part));
  };
  add({.name = "weights", .bytes = policy_bytes});
  add({.name = "weights as products read them", .bytes = panels});
  add({.name = "weights as the backward reads them",
       .bytes = on_cpu ? transposed_bytes(weights, dtype) : 0,
       .in_rollout = false});
  if (is_eight_bits(run.rollout.precision))
    add({.name = "weights in eight bits", .bytes = eight_bit_bytes(weights, on_cpu)});
  add({.name = "gradients", .bytes = count * number_size});
  const int64_t master_bytes = run.optimizer.float32_masters ? 4 * count : 0;
  const int64_t moment_bytes = run.optimizer.moment_bits == 8 ? 2 * count + count / 32 : 8 * count;  // a scale for 256
  add({.name = "master weights and moments", .bytes = master_bytes + moment_bytes, .on_host = run.optimizer.offload});
  if (run.optimizer.offload)
    add({.name = "stages of the offload",
         .bytes = 2 * (int64_t{1} << 24) * (number_size + weight_size),
         .on_host = true,
         .in_rollout = false});
  // Of what products read, a CPU has a packed_only policy keep the panels alone; another embedding is looked up
  // besides.
  const int64_t looked_up = (config.tied_embeddings ? 0 : config.vocab_size * config.hidden_size) + weights.vectors;
  if (run.has_reference)
    add({.name = "reference policy",
         .bytes = on_cpu ? looked_up * weight_size + computed + tables + panels : policy_bytes});

  // Rollout.
  const int64_t rows = std::min(run.rollout.max_batch, run.sequences);
  const int64_t idle = on_cpu ? 0 : (rollout::bucket_for(rows) + kBlockTokens - 1) / kBlockTokens;
  const rollout::CacheSize cache =
      rollout::cache_size(config, dtype, run.rollout, run.longest_prompt, run.sequences, idle);
  // A tile reads behind the end of a layer's keys and values.
  const int64_t behind = 2 * config.num_layers * 64 * weight_size;
  add({.name = "keys and values", .bytes = cache.bytes() + behind, .in_update = !on_cpu && !run.releases_cache});
  const RowOfLayer row = widest_row_of(config, number_size, weight_size, on_cpu);
  const int64_t read = std::max<int64_t>(rows, std::min<int64_t>(2048, run.sequences * run.longest_prompt));
  const int64_t logit_bytes = config.vocab_size * number_size;
  const auto logits_of = [&](int64_t tokens) {
    return on_cpu ? kLogitRows * logit_bytes : std::min(tokens * logit_bytes, kernels::kCudaLogitBytes);
  };
  add({.name = "a forward of the rollout (estimate)",
       .bytes = passing(row, read, on_cpu) / 2 + logits_of(rows),
       .in_update = false});

  // Update: a batch has the longest sequence at least.
  plan.tokens_of_sequence = std::min(run.longest_prompt + run.rollout.max_new_tokens, config.max_position);
  const int64_t tokens = std::min(run.micro_batch_tokens, run.sequences * plan.tokens_of_sequence);
  add({.name = "activations",
       .bytes = tokens * kept_of(config, run.policy, number_size, weight_size),
       .in_rollout = false});
  // Behind the shortest prompt there is most room in the context.
  const int64_t recorded = records_of(run, std::min(run.rollout.max_new_tokens, config.max_position - 1));
  add({.name = "activations that a rollout keeps",
       .bytes = recorded * models::RecordLayout(config, run.policy).bytes_of_row()});
  // Each sequence ends inside a block.
  const int64_t ends = (tokens + plan.tokens_of_sequence - 1) / plan.tokens_of_sequence * kBlockTokens;
  add({.name = "keys and values of a batch",
       .bytes = (tokens + ends) / kBlockTokens * cache.block_bytes + behind,
       .in_rollout = false});
  add({.name = "a backward through a layer (estimate)", .bytes = passing(row, tokens, on_cpu), .in_rollout = false});
  // Hidden states before and after the last norm, their gradients, and those of all rows.
  add({.name = "head (estimate)",
       .bytes = tokens * 5 * config.hidden_size * number_size + logits_of(tokens) * (on_cpu ? 2 : 3) / 2,
       .in_rollout = false});
  if (!on_cpu) add({.name = "CUDA and its libraries (estimate)", .bytes = kDeviceRuntime});

  if (run.overlaps)
    for (MemoryPart& part : plan.parts) part.in_rollout = part.in_update = true;

  plan.sequences = rows;
  // As Decoding shares blocks: a prompt's own for each group, and one copied where it ends.
  const int64_t prompts = (rows + run.rollout.group_size - 1) / run.rollout.group_size;
  const int64_t prompt_blocks = (run.longest_prompt + kBlockTokens - 1) / kBlockTokens;
  const int64_t own = std::max<int64_t>(1, cache.blocks_of_row - run.longest_prompt / kBlockTokens);
  plan.sequences_at_longest = std::clamp<int64_t>((cache.blocks - prompts * prompt_blocks) / own, 1, rows);
  return plan;
}

int64_t peak_device_bytes(c10::Device device) { return ops::peak_device_bytes(device); }

}  // namespace cohort
