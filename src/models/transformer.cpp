#include "src/models/transformer.hpp"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "cohort/error.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::models {
namespace {

at::TensorOptions tensor_options(const PolicyOptions& options, at::ScalarType dtype) {
  return at::TensorOptions().dtype(dtype).device(options.device);
}

// θ^(−2i/d), stretched as the checkpoint was trained. In float32 throughout, like the reference: a frequency that
// differs in its last bit turns position 8000 by 5e-4.
std::vector<float> rotary_frequencies(const ModelConfig& config) {
  const RopeConfig& rope = config.rope;
  std::vector<float> frequencies;
  for (int64_t i = 0; i < config.head_dim; i += 2) {
    const float exponent = static_cast<float>(i) / static_cast<float>(config.head_dim);
    float frequency = 1.0f / std::pow(static_cast<float>(rope.theta), exponent);
    if (rope.scaling == RopeConfig::Scaling::linear) frequency /= static_cast<float>(rope.factor);
    if (rope.scaling == RopeConfig::Scaling::llama3) {
      const double wavelength = 2 * std::numbers::pi / frequency;
      const auto original = static_cast<double>(rope.original_max_position);
      const double longest = original / rope.low_freq_factor, shortest = original / rope.high_freq_factor;
      if (wavelength > longest) {
        frequency /= static_cast<float>(rope.factor);
      } else if (wavelength >= shortest) {
        const double smooth =
            (original / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
        frequency = static_cast<float>((1 - smooth) * frequency / rope.factor + smooth * frequency);
      }
    }
    frequencies.push_back(frequency);
  }
  return frequencies;
}

kernels::Mode mode_of(Precision precision) {
  return precision == Precision::fast ? kernels::Mode::fast : kernels::Mode::exact;
}

at::Tensor linear(const at::Tensor& x, const Weight& weight, const Weight& bias, Precision precision,
                  const at::Tensor& residual = {}, const at::Tensor& y = {}) {
  if (precision == Precision::int8) return ops::linear(x, weight.quantised, bias.compute, residual, y);
  return ops::linear(x, weight.packed, bias.compute, residual, y, mode_of(precision));
}

// The dtype of what only meets weights: their own, to which a product rounds it, or exact where rows are rounded to
// bytes.
at::ScalarType operand_dtype(at::ScalarType weights, Precision precision) {
  return precision == Precision::int8 ? ops::activation_dtype(weights) : weights;
}

kernels::Gate gate_of(Activation activation) {
  switch (activation) {
    case Activation::silu:
      return kernels::Gate::silu;
    case Activation::gelu_tanh:
      return kernels::Gate::gelu_tanh;
    case Activation::gelu:
      return kernels::Gate::gelu;
  }
  return kernels::Gate::silu;
}

// √hidden as the weights' type holds it, like the reference.
double embedding_scale(const ModelConfig& config, at::ScalarType weights) {
  const double root = std::sqrt(static_cast<double>(config.hidden_size));
  if (!config.scaled_embeddings) return 1;
  if (weights == at::kBFloat16) return kernels::to_float(kernels::to_bfloat16(static_cast<float>(root)));
  return weights == at::kFloat ? static_cast<float>(root) : root;
}

// Calls use(first, count) for blocks of rows. On the CPU what an MLP makes of a block stays in the third-level cache
// until it is used up: a micro-batch's whole would pass through memory between every two steps.
template <typename Use>
void for_each_block(const at::Tensor& rows, Use use) {
  const int64_t total = rows.size(0), step = rows.is_cpu() ? kMlpRows : std::max<int64_t>(total, 1);
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

Transformer::Transformer(ModelConfig model, PolicyOptions policy, std::vector<PackedMemory> packed)
    : config(std::move(model)), options(policy) {
  ops::prepare_device(options.device);
  check(options.dtype == at::kFloat || options.dtype == at::kBFloat16 || options.dtype == at::kDouble,
        "policy: expected dtype float32, bfloat16 or float64, got {}", c10::toString(options.dtype));
  embedding_scale_ = embedding_scale(config, options.dtype);
  gate_ = gate_of(config.activation);
  layers.resize(static_cast<size_t>(config.num_layers));
  const at::TensorOptions as = tensor_options(options, options.dtype);
  const auto in_memory = [&](std::shared_ptr<void> memory, at::IntArrayRef sizes) {
    void* const first = memory.get();
    return at::from_blob(
        first, sizes, [memory = std::move(memory)](void*) {}, as);
  };
  const std::vector<PlannedWeight> plan = plan_weights(config);
  for (size_t i = 0; i < plan.size(); ++i) {
    const PlannedWeight& planned = plan[i];
    const std::vector<int64_t> sizes =
        planned.is_matrix() ? std::vector{planned.rows, planned.columns} : std::vector{planned.rows};
    Weight& weight = weight_of(planned);
    if (config.centred_norms && planned.parts[0].name.ends_with("norm.weight")) weight.offset = 1;
    if (!packed.empty() && packed[i].value) {
      weight.value = in_memory(packed[i].value, sizes);
    } else if (options.packed_only && options.device.is_cpu() && planned.is_product) {
      weight.value = at::from_blob(nullptr, sizes, as);  // on a GPU the value is what products read
    } else {
      weight.value = ops::lasting(sizes, as);
    }
    if (!packed.empty() && packed[i].panels)
      weight.packed = {.weight = weight.value,
                       .panels = in_memory(packed[i].panels, ops::panels_numel(weight.value)),
                       .transposed_panels = {}};
    const bool is_whole = planned.parts.size() == 1;
    for (const WeightPart& part : planned.parts)
      parameters.push_back(
          {part.name, is_whole ? weight.value : weight.value.narrow(0, part.first_row, part.rows), {}});
  }
  make_rotary_tables();
}

Weight& Transformer::weight_of(const PlannedWeight& planned) {
  Layer& layer = layers[static_cast<size_t>(planned.layer)];
  switch (planned.slot) {
    case PlannedWeight::embedding:
      return embedding;
    case PlannedWeight::input_norm:
      return layer.input_norm;
    case PlannedWeight::qkv:
      return layer.qkv;
    case PlannedWeight::qkv_bias:
      return layer.qkv_bias;
    case PlannedWeight::q_norm:
      return layer.q_norm;
    case PlannedWeight::k_norm:
      return layer.k_norm;
    case PlannedWeight::output:
      return layer.output;
    case PlannedWeight::output_bias:
      return layer.output_bias;
    case PlannedWeight::post_norm:
      return layer.post_norm;
    case PlannedWeight::gate_up:
      return layer.gate_up;
    case PlannedWeight::gate_up_bias:
      return layer.gate_up_bias;
    case PlannedWeight::down:
      return layer.down;
    case PlannedWeight::down_bias:
      return layer.down_bias;
    case PlannedWeight::norm:
      return norm;
    case PlannedWeight::head:
      return head;
  }
  return head;
}

void Transformer::make_rotary_tables() {
  const std::vector<float> frequencies = rotary_frequencies(config);
  const int64_t half = config.head_dim / 2;
  const at::TensorOptions as = at::TensorOptions().dtype(ops::activation_dtype(options.dtype));
  at::Tensor cos = ops::lasting({config.max_position, half}, as), sin = ops::lasting({config.max_position, half}, as);
  AT_DISPATCH_FLOATING_TYPES(as.dtype().toScalarType(), "rotary tables", [&] {
    auto *const to_cos = cos.mutable_data_ptr<scalar_t>(), *const to_sin = sin.mutable_data_ptr<scalar_t>();
    kernels::parallel_for(config.max_position, 256, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin * half; i < end * half; ++i) {
        const float angle = static_cast<float>(i / half) * frequencies[static_cast<size_t>(i % half)];
        to_cos[i] = static_cast<scalar_t>(std::cos(static_cast<double>(angle)));
        to_sin[i] = static_cast<scalar_t>(std::sin(static_cast<double>(angle)));
      }
    });
  });
  tables_ = {cos.to(options.device), sin.to(options.device)};
}

void Transformer::for_each_weight(const std::function<void(Weight&)>& visit) {
  const auto each = [&](Weight& weight) {
    if (weight.defined()) visit(weight);
  };
  each(embedding);
  for (Layer& layer : layers)
    for (Weight* weight :
         {&layer.input_norm, &layer.qkv, &layer.qkv_bias, &layer.q_norm, &layer.k_norm, &layer.output,
          &layer.output_bias, &layer.post_norm, &layer.gate_up, &layer.gate_up_bias, &layer.down, &layer.down_bias})
      each(*weight);
  each(norm);
  each(head);
}

void Transformer::assign(Weight& weight, const at::Tensor& values) const {
  if (weight.has_values()) {
    if (!weight.value.is_same(values)) weight.value.copy_(values);
    return;
  }
  weight.packed.weight = values;
  ops::pack(weight.packed);
  weight.packed.weight = weight.value;
}

void Transformer::refresh() {
  if (!stale) return;
  const at::ScalarType activations = ops::activation_dtype(options.dtype);
  for_each_weight([&](Weight& weight) {
    const bool is_matrix = weight.value.dim() == 2;
    // A separate embedding is only looked up, never multiplied with.
    // What is packed_only was packed when it was read or copied.
    const bool is_packed = options.packed_only && weight.packed.panels.defined();
    if (is_matrix && !is_packed && (&weight != &embedding || !head.defined())) {
      weight.packed.weight = weight.value;
      ops::pack(weight.packed);
    }
    if (is_matrix) return;
    // In place, where it is a copy: a recorded step of decoding knows where it lies.
    if (!weight.compute.defined()) {
      weight.compute = weight.value.to(activations, /*non_blocking=*/false, /*copy=*/weight.offset != 0);
    } else if (!weight.compute.is_same(weight.value)) {
      weight.compute.copy_(weight.value);
    }
    if (weight.offset != 0) weight.compute.add_(weight.offset);
  });
  stale = false;
  stale_transposed_ = stale_quantised_ = true;
}

void Transformer::refresh_for_backward() {
  refresh();
  if (!stale_transposed_) return;
  for_each_weight([&](Weight& weight) {
    if (weight.packed.weight.defined()) ops::pack_transposed(weight.packed);
  });
  stale_transposed_ = false;
}

void Transformer::refresh_quantised() {
  refresh();
  if (!stale_quantised_) return;
  check(!options.packed_only, "policy: eight bits are rounded from values, which a policy that is packed_only has not");
  for (Layer& layer : layers)
    for (Weight* weight : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down})
      ops::quantise(weight->value, weight->quantised);
  stale_quantised_ = false;
}

void Transformer::allocate_gradients() {
  if (parameters.front().grad.defined()) return;
  const at::TensorOptions as = tensor_options(options, ops::activation_dtype(options.dtype));
  for_each_weight([&](Weight& weight) { weight.grad = ops::zeros(weight.value.sizes(), as); });
  // The named gradients are views like the named values: found again by the storage they look into.
  for (Parameter& parameter : parameters)
    for_each_weight([&](Weight& weight) {
      if (weight.value.storage().is_alias_of(parameter.value.storage()))
        parameter.grad = weight.grad.as_strided(parameter.value.sizes(), parameter.value.strides(),
                                                parameter.value.storage_offset());
    });
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
                                     Precision precision, bool keeps_log_sums) const {
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
                     keeps_log_sums ? &log_sums : nullptr, operand_dtype(options.dtype, precision));
  return {input, qkv, attended, log_sums, linear(attended, layer.output, layer.output_bias, precision, input), {}};
}

at::Tensor Transformer::empty_gate_up(int64_t rows) const {
  return ops::empty({rows, 2 * config.intermediate_size}, tensor_options(options, options.dtype));
}

// The gated unit of a projection; `kept`, where it is defined, receives its two factors.
at::Tensor Transformer::gated(const Layer& layer, const at::Tensor& x, Precision precision,
                              const at::Tensor& kept) const {
  if (precision != Precision::int8)
    return ops::gated_linear(x, layer.gate_up.packed, layer.gate_up_bias.compute, gate_, kept, mode_of(precision));
  const at::Tensor projected = linear(x, layer.gate_up, layer.gate_up_bias, precision);
  return ops::gated_unit(projected, gate_, operand_dtype(options.dtype, precision), kept);
}

// middle + down(gated(gate_up(norm(middle)))). Where `gate_up` is defined it receives what the backward reads.
at::Tensor Transformer::mlp(const Layer& layer, const at::Tensor& middle, Precision precision,
                            const at::Tensor& gate_up) const {
  const at::Tensor out = ops::empty(middle.sizes(), middle.options());
  for_each_block(middle, [&](int64_t first, int64_t count) {
    const at::Tensor rows = middle.narrow(0, first, count);
    const at::Tensor y = gated(layer, norm_operand(rows, layer.post_norm, precision).y, precision,
                               gate_up.defined() ? gate_up.narrow(0, first, count) : at::Tensor());
    linear(y, layer.down, layer.down_bias, precision, rows, out.narrow(0, first, count));
  });
  return out;
}

at::Tensor Transformer::forward(const TokenBatch& batch, const KvCache& cache, Precision precision,
                                std::vector<LayerActivations>* saved) {
  refresh();
  if (precision == Precision::int8) refresh_quantised();
  const bool keeps_log_sums = saved && options.activation_checkpointing != ActivationCheckpointing::layer;
  at::Tensor x = ops::embedding(embedding.value, batch.tokens, embedding.packed.panels, embedding_scale_);
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerActivations activations = attend(i, x, batch, cache, precision, keeps_log_sums);
    if (saved && options.activation_checkpointing == ActivationCheckpointing::none)
      activations.gate_up = empty_gate_up(x.size(0));
    x = mlp(layers[i], activations.middle, precision, activations.gate_up);
    if (!saved) continue;
    if (options.activation_checkpointing == ActivationCheckpointing::layer) activations = {.input = activations.input};
    saved->push_back(std::move(activations));
  }
  return x;
}

// Turns the gradient of the layer's result into that of the residual stream before the MLP.
void Transformer::mlp_backward(const Layer& layer, const LayerActivations& activations, const at::Tensor& grad) const {
  const at::ScalarType weights = options.dtype;
  for_each_block(grad, [&](int64_t first, int64_t count) {
    const at::Tensor rows = activations.middle.narrow(0, first, count), dy = grad.narrow(0, first, count);
    const ops::Normed normed = norm_operand(rows, layer.post_norm);
    at::Tensor kept;
    if (activations.gate_up.defined()) {
      kept = activations.gate_up.narrow(0, first, count);
    } else {
      kept = empty_gate_up(count);
      gated(layer, normed.y, Precision::exact, kept);
    }
    const at::Tensor rounded = ops::as_operand(dy, weights);
    const auto [y, dgate_up] = ops::gated_backward_input(rounded, layer.down.packed, kept, gate_);
    ops::linear_backward_weight(weights, rounded, y, layer.down.grad, layer.down_bias.grad);
    ops::linear_backward_weight(weights, dgate_up, normed.y, layer.gate_up.grad, layer.gate_up_bias.grad);
    ops::rms_norm_backward(ops::linear_backward_input(dgate_up, layer.gate_up.packed), rows, layer.post_norm.compute,
                           normed.inv_rms, dy, layer.post_norm.grad);
  });
}

// The same from there to the layer's input. Rotation writes the same keys and values again.
void Transformer::attend_backward(size_t index, const LayerActivations& activations, const TokenBatch& batch,
                                  const KvCache& cache, const at::Tensor& grad) const {
  const Layer& layer = layers[index];
  const at::ScalarType weights = options.dtype;
  const at::Tensor rounded = ops::as_operand(grad, weights);
  ops::linear_backward_weight(weights, rounded, activations.attended, layer.output.grad, layer.output_bias.grad);
  const at::Tensor dattended = ops::linear_backward_input(rounded, layer.output.packed, weights);
  const at::Tensor q = ops::rotary(activations.qkv, head_norms(layer), tables_, batch.positions, batch.slots,
                                   cache.layers[index], shape());
  const auto [dq, dk, dv] = ops::attention_backward(q, cache.layers[index], activations.attended, dattended,
                                                    batch.sequences, shape(), activations.log_sums);
  const at::Tensor dqkv =
      ops::rotary_backward(dq, dk, dv, activations.qkv, head_norms(layer), tables_, batch.positions, shape(), weights);
  const ops::Normed normed = norm_operand(activations.input, layer.input_norm);
  ops::linear_backward_weight(weights, dqkv, normed.y, layer.qkv.grad, layer.qkv_bias.grad);
  ops::rms_norm_backward(ops::linear_backward_input(dqkv, layer.qkv.packed), activations.input,
                         layer.input_norm.compute, normed.inv_rms, grad, layer.input_norm.grad);
}

void Transformer::backward(const TokenBatch& batch, const KvCache& cache, std::vector<LayerActivations>& saved,
                           at::Tensor grad) {
  for (size_t i = layers.size(); i-- > 0;) {
    LayerActivations activations = std::move(saved.back());
    saved.pop_back();
    if (!activations.middle.defined()) activations = attend(i, activations.input, batch, cache, Precision::exact, true);
    mlp_backward(layers[i], activations, grad);
    attend_backward(i, activations, batch, cache, grad);
  }
  ops::embedding_backward(grad, batch.tokens, embedding.grad, embedding_scale_);
}

}  // namespace cohort::models
