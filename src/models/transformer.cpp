#include "src/models/transformer.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/index_select.h>

#include <algorithm>

namespace cohort::models {
namespace {

at::Tensor linear(const at::Tensor& x, const Weight& weight, const Weight& bias, Precision precision,
                  const at::Tensor& residual = {}, const at::Tensor& y = {}) {
  if (is_eight_bits(precision)) return ops::linear(x, weight.quantised, bias.compute, residual, y);
  return ops::linear(x, weight.packed, bias.compute, residual, y, mode_of(precision));
}

// The dtype of what only meets weights: their own, to which a product rounds it, or exact where rows are rounded to
// integers.
at::ScalarType operand_dtype(at::ScalarType weights, Precision precision) {
  return precision == Precision::int8 ? ops::activation_dtype(weights) : weights;
}

// Calls use(first, count) for blocks of rows. On the CPU what an MLP makes of a block stays in the third-level cache
// until it is used up: a micro-batch's whole would pass through memory between every two steps.
template <typename Use>
void for_each_block(const at::Tensor& rows, int64_t rows_on_cpu, Use use) {
  const int64_t total = rows.size(0), step = rows.is_cpu() ? rows_on_cpu : std::max<int64_t>(total, 1);
  for (int64_t first = 0; first < total; first += step) use(first, std::min(step, total - first));
}

}  // namespace

SerialLibTorch::SerialLibTorch() : threads_(at::get_num_threads()) {
  if (threads_ != 1) at::set_num_threads(1);
}
SerialLibTorch::~SerialLibTorch() {
  if (threads_ != 1) at::set_num_threads(threads_);
}

KvCache::KvCache(const ModelConfig& config, int64_t num_blocks, const PolicyOptions& options) : num_blocks(num_blocks) {
  // A tile reads whole panels of 32 columns, also behind the last row of the last block.
  const int64_t elements = num_blocks * config.num_kv_heads * config.head_dim * kernels::kBlockTokens + 64;
  const at::Tensor all = ops::empty({2 * config.num_layers, elements}, tensor_options(options, options.dtype));
  for (int64_t i = 0; i < config.num_layers; ++i) layers.push_back({all[2 * i], all[2 * i + 1]});
}

ops::HeadNorms Transformer::head_norms(const Layer& layer) const {
  return {layer.q_norm.compute, layer.k_norm.compute, layer.q_norm.grad, layer.k_norm.grad, config.norm_epsilon};
}

ops::Normed Transformer::norm_operand(const at::Tensor& rows, const Weight& weight, Precision precision) const {
  return ops::rms_norm(rows, weight.compute, config.norm_epsilon, operand_dtype(options.dtype, precision));
}

ops::Normed Transformer::final_norm(const at::Tensor& hidden) {
  return ops::rms_norm(hidden, norm.compute, config.norm_epsilon);
}

// Up to the residual stream between attention and MLP.
LayerActivations Transformer::attend(size_t index, at::Tensor input, const TokenBatch& batch, const KvCache& cache,
                                     Precision precision, ForBackward keeps) const {
  const Layer& layer = layers[index];
  const at::Tensor qkv =
      linear(norm_operand(input, layer.input_norm, precision).y, layer.qkv, layer.qkv_bias, precision);
  at::Tensor q =
      ops::rotary(qkv, head_norms(layer), tables_, batch.positions, batch.slots, cache.layers[index], shape());
  ops::copy_blocks(cache.layers[index], batch.copies, shape());
  const bool ends = batch.last && index + 1 == layers.size();
  if (ends) {
    q = q.index_select(0, batch.last->rows);
    input = input.index_select(0, batch.last->rows);
  }
  at::Tensor log_sums;
  const at::Tensor attended =
      ops::attention(q, cache.layers[index], ends ? batch.last->sequences : batch.sequences, shape(),
                     keeps.log_sums ? &log_sums : nullptr, operand_dtype(options.dtype, precision));
  const at::Tensor middle = linear(attended, layer.output, layer.output_bias, precision, input);
  LayerActivations activations{.input = input, .attended = attended, .log_sums = log_sums, .middle = middle};
  if (config.qk_norm || keeps.projection)
    activations.qkv = qkv;
  else
    activations.q = q;
  return activations;
}

at::Tensor Transformer::empty_gate_up(const Layer& layer, int64_t rows) const {
  const int64_t of_one = layer.gate_up.value.size(0) / layer.gate_up.packed.groups;
  const int64_t columns = layer.has_experts() ? config.experts.per_token * of_one : of_one;
  return ops::empty({rows, columns}, tensor_options(options, options.dtype));
}

// The gated unit of a projection; `kept`, where it is defined, receives its two factors.
at::Tensor Transformer::gated(const Layer& layer, const at::Tensor& x, Precision precision,
                              const at::Tensor& kept) const {
  if (!is_eight_bits(precision))
    return ops::gated_linear(x, layer.gate_up.packed, layer.gate_up_bias.compute, gate_, kept, mode_of(precision));
  const at::Tensor projected = linear(x, layer.gate_up, layer.gate_up_bias, precision);
  return ops::gated_unit(projected, gate_, operand_dtype(options.dtype, precision), kept);
}

// middle + down(gated(gate_up(norm(middle)))). Where `gate_up` is defined it receives what the backward reads.
at::Tensor Transformer::mlp(const Layer& layer, const at::Tensor& middle, Precision precision,
                            const at::Tensor& gate_up) const {
  const at::Tensor out = ops::empty(middle.sizes(), middle.options());
  for_each_block(middle, mlp_rows(config, layer.has_experts()), [&](int64_t first, int64_t count) {
    const at::Tensor rows = middle.narrow(0, first, count), to = out.narrow(0, first, count);
    const at::Tensor x = norm_operand(rows, layer.post_norm, precision).y;
    const at::Tensor kept = gate_up.defined() ? gate_up.narrow(0, first, count) : at::Tensor();
    if (layer.has_experts()) return experts(layer, x, precision, kept, rows, to);
    linear(gated(layer, x, precision, kept), layer.down, layer.down_bias, precision, rows, to);
  });
  return out;
}

at::Tensor Transformer::forward(const TokenBatch& batch, const KvCache& cache, Precision precision, const Keep* keep) {
  refresh();
  if (is_eight_bits(precision)) refresh_quantised();
  const KeptParts parts = keep ? kept_parts(options.activation_checkpointing) : KeptParts{};
  const ForBackward for_backward{.log_sums = parts.attended, .projection = parts.attended && keep->projections};
  at::Tensor x = ops::embedding(embedding.value, batch.tokens, embedding.packed.panels, embedding_scale_);
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerActivations activations = attend(i, x, batch, cache, precision, for_backward);
    if (parts.mlp) activations.gate_up = empty_gate_up(layers[i], activations.middle.size(0));
    x = mlp(layers[i], activations.middle, precision, activations.gate_up);
    if (!keep) continue;
    if (!parts.projections) activations.qkv = activations.q = activations.middle = at::Tensor();
    if (!parts.attended) activations = {.input = activations.input};
    keep->take(i, std::move(activations));
  }
  return x;
}

// Turns the gradient of the layer's result into that of the residual stream before the MLP.
void Transformer::mlp_backward(const Layer& layer, const LayerActivations& activations, const at::Tensor& grad) const {
  for_each_block(grad, mlp_rows(config, layer.has_experts()), [&](int64_t first, int64_t count) {
    const at::Tensor rows = activations.middle.narrow(0, first, count), dy = grad.narrow(0, first, count);
    const ops::Normed normed = norm_operand(rows, layer.post_norm);
    const at::Tensor kept = activations.gate_up.defined() ? activations.gate_up.narrow(0, first, count) : at::Tensor();
    const at::Tensor dx =
        layer.has_experts() ? experts_backward(layer, normed.y, kept, dy) : dense_backward(layer, normed.y, kept, dy);
    ops::rms_norm_backward(dx, rows, layer.post_norm.compute, normed.inv_rms, dy, layer.post_norm.grad);
  });
}

// The gradient of x, where the forward left `kept` or is to be called again.
at::Tensor Transformer::dense_backward(const Layer& layer, const at::Tensor& x, at::Tensor kept,
                                       const at::Tensor& dy) const {
  if (!kept.defined()) {
    kept = empty_gate_up(layer, x.size(0));
    gated(layer, x, Precision::exact, kept);
  }
  const at::ScalarType weights = options.dtype;
  const at::Tensor rounded = ops::as_operand(dy, weights);
  const auto [y, dgate_up] = ops::gated_backward_input(rounded, layer.down.packed, kept, gate_);
  ops::linear_backward_weight(weights, rounded, y, layer.down.grad, layer.down_bias.grad);
  ops::linear_backward_weight(weights, dgate_up, x, layer.gate_up.grad, layer.gate_up_bias.grad);
  return ops::linear_backward_input(dgate_up, layer.gate_up.packed);
}

// The same from there to the layer's input. Where queries are turned again, the same keys and values are written again.
void Transformer::attend_backward(size_t index, const LayerActivations& activations, const TokenBatch& batch,
                                  const KvCache& cache, const at::Tensor& grad) const {
  const Layer& layer = layers[index];
  const at::ScalarType weights = options.dtype;
  const at::Tensor rounded = ops::as_operand(grad, weights);
  ops::linear_backward_weight(weights, rounded, activations.attended, layer.output.grad, layer.output_bias.grad);
  const at::Tensor dattended = ops::linear_backward_input(rounded, layer.output.packed, weights);
  const ops::Normed normed = norm_operand(activations.input, layer.input_norm);
  at::Tensor qkv = activations.qkv, q = activations.q;
  if (!qkv.defined() && !q.defined()) qkv = linear(normed.y, layer.qkv, layer.qkv_bias, Precision::exact);
  if (!q.defined())
    q = ops::rotary(qkv, head_norms(layer), tables_, batch.positions, batch.slots, cache.layers[index], shape());
  const auto [dq, dk, dv] = ops::attention_backward(q, cache.layers[index], activations.attended, dattended,
                                                    batch.sequences, shape(), activations.log_sums);
  const at::Tensor dqkv =
      ops::rotary_backward(dq, dk, dv, qkv, head_norms(layer), tables_, batch.positions, shape(), weights);
  ops::linear_backward_weight(weights, dqkv, normed.y, layer.qkv.grad, layer.qkv_bias.grad);
  ops::rms_norm_backward(ops::linear_backward_input(dqkv, layer.qkv.packed), activations.input,
                         layer.input_norm.compute, normed.inv_rms, grad, layer.input_norm.grad);
}

void Transformer::backward(const TokenBatch& batch, const KvCache& cache, SavedActivations& saved, at::Tensor grad) {
  for (size_t i = layers.size(); i-- > 0;) {
    LayerActivations activations = saved.take();
    Layer& layer = layers[i];
    if (!activations.attended.defined())
      activations = attend(i, activations.input, batch, cache, Precision::exact, {.log_sums = true});
    if (!activations.middle.defined())
      activations.middle =
          linear(activations.attended, layer.output, layer.output_bias, Precision::exact, activations.input);
    const ReadByBackward mlp{&layer.router, &layer.gate_up, &layer.down}, attention{&layer.qkv, &layer.output};
    mlp_backward(layer, activations, grad);
    attend_backward(i, activations, batch, cache, grad);
  }
  ops::embedding_backward(grad, batch.tokens, embedding.grad, embedding_scale_);
}

}  // namespace cohort::models
