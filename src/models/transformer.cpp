#include "src/models/transformer.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "cohort/error.hpp"

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

Transformer::Transformer(ModelConfig model, PolicyOptions policy) : config(std::move(model)), options(policy) {
  ops::prepare_device(options.device);
  check(options.dtype == at::kFloat || options.dtype == at::kBFloat16 || options.dtype == at::kDouble,
        "policy: expected dtype float32, bfloat16 or float64, got {}", c10::toString(options.dtype));
  embedding_scale_ = embedding_scale(config, options.dtype);
  gate_ = gate_of(config.activation);
  const int64_t hidden = config.hidden_size, ffn = config.intermediate_size, dim = config.head_dim;
  const int64_t q = config.num_heads * dim, kv = config.num_kv_heads * dim;
  const auto matrix = [&](int64_t out, int64_t in) {
    return Weight{.value = ops::lasting({out, in}, tensor_options(options, options.dtype))};
  };
  const auto vector = [&](int64_t size) {
    return Weight{.value = ops::lasting({size}, tensor_options(options, options.dtype))};
  };
  const auto norm_of = [&](int64_t size) {
    Weight weight = vector(size);
    weight.offset = config.centred_norms ? 1 : 0;
    return weight;
  };
  const auto name = [this](const std::string& name, const Weight& weight) {
    parameters.push_back({name, weight.value, {}});
  };
  const auto name_rows = [this](const std::string& name, const Weight& weight, int64_t first, int64_t rows) {
    parameters.push_back({name, weight.value.narrow(0, first, rows), {}});
  };

  embedding = matrix(config.vocab_size, hidden);
  name("model.embed_tokens.weight", embedding);
  layers.resize(static_cast<size_t>(config.num_layers));
  for (size_t i = 0; i < layers.size(); ++i) {
    Layer& layer = layers[i];
    const std::string prefix = "model.layers." + std::to_string(i) + ".", attention = prefix + "self_attn.";
    const auto split_qkv = [&](const std::string& suffix, const Weight& weight) {
      name_rows(attention + "q_proj." + suffix, weight, 0, q);
      name_rows(attention + "k_proj." + suffix, weight, q, kv);
      name_rows(attention + "v_proj." + suffix, weight, q + kv, kv);
    };
    const auto split_gate_up = [&](const std::string& suffix, const Weight& weight) {
      name_rows(prefix + "mlp.gate_proj." + suffix, weight, 0, ffn);
      name_rows(prefix + "mlp.up_proj." + suffix, weight, ffn, ffn);
    };
    name(prefix + "input_layernorm.weight", layer.input_norm = norm_of(hidden));
    split_qkv("weight", layer.qkv = matrix(q + 2 * kv, hidden));
    if (config.qkv_bias) split_qkv("bias", layer.qkv_bias = vector(q + 2 * kv));
    if (config.qk_norm) {
      name(attention + "q_norm.weight", layer.q_norm = norm_of(dim));
      name(attention + "k_norm.weight", layer.k_norm = norm_of(dim));
    }
    name(attention + "o_proj.weight", layer.output = matrix(hidden, q));
    if (config.output_bias) name(attention + "o_proj.bias", layer.output_bias = vector(hidden));
    name(prefix + "post_attention_layernorm.weight", layer.post_norm = norm_of(hidden));
    split_gate_up("weight", layer.gate_up = matrix(2 * ffn, hidden));
    if (config.mlp_bias) split_gate_up("bias", layer.gate_up_bias = vector(2 * ffn));
    name(prefix + "mlp.down_proj.weight", layer.down = matrix(hidden, ffn));
    if (config.mlp_bias) name(prefix + "mlp.down_proj.bias", layer.down_bias = vector(hidden));
  }
  name("model.norm.weight", norm = norm_of(hidden));
  if (!config.tied_embeddings) name("lm_head.weight", head = matrix(config.vocab_size, hidden));
  make_rotary_tables();
}

void Transformer::make_rotary_tables() {
  const std::vector<float> frequencies = rotary_frequencies(config);
  const int64_t half = config.head_dim / 2;
  at::Tensor cos = at::empty({config.max_position, half}, at::kDouble), sin = at::empty_like(cos);
  for (int64_t position = 0; position < config.max_position; ++position)
    for (int64_t i = 0; i < half; ++i) {
      const float angle = static_cast<float>(position) * frequencies[static_cast<size_t>(i)];
      cos.data_ptr<double>()[position * half + i] = std::cos(static_cast<double>(angle));
      sin.data_ptr<double>()[position * half + i] = std::sin(static_cast<double>(angle));
    }
  const at::TensorOptions as = tensor_options(options, ops::activation_dtype(options.dtype));
  tables_ = {cos.to(as), sin.to(as)};
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

void Transformer::refresh() {
  if (!stale) return;
  const at::ScalarType activations = ops::activation_dtype(options.dtype);
  for_each_weight([&](Weight& weight) {
    const bool is_matrix = weight.value.dim() == 2;
    // A separate embedding is only looked up, never multiplied with.
    if (is_matrix && (&weight != &embedding || !head.defined())) {
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
  at::Tensor x = ops::embedding(embedding.value, batch.tokens, embedding_scale_);
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
