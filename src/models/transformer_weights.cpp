// The weights of a transformer: where they lie, in which forms, and how those are kept up to date.
#include <ATen/Dispatch.h>
#include <ATen/ops/from_blob.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "cohort/error.hpp"
#include "kernels/cpu/threads.hpp"
#include "src/models/transformer.hpp"

namespace cohort::models {
namespace {

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

// Of a weight, or of its gradient.
at::Tensor part_of(const at::Tensor& whole, const PlannedWeight& planned, const WeightPart& part) {
  return planned.parts.size() == 1 ? whole : whole.narrow(0, part.first_row, part.rows);
}

}  // namespace

Transformer::Transformer(ModelConfig model, PolicyOptions policy, std::vector<PackedMemory> packed)
    : config(std::move(model)), options(policy), records(std::make_shared<RecordStore>(RecordLayout(config, options))) {
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
    weight.packed.groups = planned.groups;
    if (!packed.empty() && packed[i].panels) {
      weight.packed.weight = weight.value;
      weight.packed.panels = in_memory(packed[i].panels, ops::panels_numel(weight.value, planned.groups));
    }
    for (const WeightPart& part : planned.parts)
      parameters.push_back({part.name, part_of(weight.value, planned, part), {}});
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
    case PlannedWeight::router:
      return layer.router;
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
    for (Weight* weight : {&layer.input_norm, &layer.qkv, &layer.qkv_bias, &layer.q_norm, &layer.k_norm, &layer.output,
                           &layer.output_bias, &layer.post_norm, &layer.router, &layer.gate_up, &layer.gate_up_bias,
                           &layer.down, &layer.down_bias})
      each(*weight);
  each(norm);
  each(head);
}

void Transformer::assign(Weight& weight, const at::Tensor& values) const {
  if (weight.has_values()) return void(weight.value.copy_(values));
  weight.packed.weight = values;
  ops::pack(weight.packed);
  weight.packed.weight = weight.value;
}

void Transformer::weights_changed() {
  stale_ = true;
  records->clear();
}

void Transformer::refresh() {
  if (!stale_) return;
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
  stale_ = false;
  stale_quantised_ = true;
}

ReadByBackward::ReadByBackward(std::initializer_list<Weight*> weights) : weights_(weights) {
  std::erase_if(weights_, [](const Weight* weight) { return !weight->defined(); });
  for (Weight* weight : weights_) ops::pack_transposed(weight->packed);
}
ReadByBackward::~ReadByBackward() {
  for (Weight* weight : weights_) weight->packed.transposed_panels = at::Tensor();
}

void Transformer::refresh_quantised() {
  refresh();
  if (!stale_quantised_) return;
  check(!options.packed_only, "policy: eight bits are rounded from values, which a policy that is packed_only has not");
  for (Layer& layer : layers)
    for (Weight* weight : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down})
      options.device.is_cpu() ? ops::quantise(weight->value, weight->quantised)
                              : ops::quantise_float8(weight->value, weight->quantised);
  stale_quantised_ = false;
}

void Transformer::allocate_gradients() {
  if (parameters.front().grad.defined()) return;
  const at::TensorOptions as = tensor_options(options, ops::activation_dtype(options.dtype));
  for_each_weight([&](Weight& weight) { weight.grad = ops::zeros(weight.value.sizes(), as); });
  auto parameter = parameters.begin();
  for (const PlannedWeight& planned : plan_weights(config))
    for (const WeightPart& part : planned.parts) (parameter++)->grad = part_of(weight_of(planned).grad, planned, part);
}

}  // namespace cohort::models
