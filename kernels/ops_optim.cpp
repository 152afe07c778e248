// Steps of the optimiser.
#include <algorithm>

#include "kernels/adamw.hpp"
#include "kernels/adamw_compact.hpp"
#include "kernels/launch.hpp"
#include "kernels/memory.hpp"
#include "kernels/ops.hpp"

namespace cohort::ops {
namespace {

using kernels::Activation;
using kernels::launch;
using kernels::pointer;
using kernels::with_activation_type;
using kernels::with_weight_type;

}  // namespace

void adamw(const AdamWStep& step, const Tensor& master, const Tensor& m, const Tensor& v, const Tensor& grad,
           const Tensor& weight) {
  with_weight_type(weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(kernels::AdamWUpdate<W>{pointer<float>(master), pointer<float>(m), pointer<float>(v),
                                   pointer<Activation<W>>(grad), pointer<W>(weight), weight.numel(), step.lr,
                                   step.beta1, step.beta2, step.epsilon, step.weight_decay, step.grad_scale,
                                   step.correction1, step.correction2},
           weight.device());
  });
}

CompactStates compact_states(const Tensor& weight, c10::Device device, bool has_master, bool has_codes) {
  const at::TensorOptions as = weight.options().dtype(at::kFloat).device(device);
  const int64_t blocks = (weight.numel() + kernels::kMomentBlock - 1) / kernels::kMomentBlock;
  CompactStates states;
  if (has_master) states.master = empty(weight.sizes(), as).copy_(weight);
  states.m = zeros(weight.sizes(), has_codes ? as.dtype(at::kChar) : as);
  states.v = zeros(weight.sizes(), has_codes ? as.dtype(at::kByte) : as);
  if (has_codes) states.m_scales = zeros({blocks}, as), states.v_scales = zeros({blocks}, as);
  return states;
}

void adamw(const AdamWStep& step, const CompactStates& states, RoundingKeys keys, const Tensor& grad,
           const Tensor& weight) {
  const bool has_codes = states.m_scales.defined();
  const Tensor none;
  with_weight_type(weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(kernels::AdamWCompact<W>{pointer<float>(states.master),
                                    pointer<float>(has_codes ? none : states.m),
                                    pointer<float>(has_codes ? none : states.v),
                                    pointer<int8_t>(has_codes ? states.m : none),
                                    pointer<uint8_t>(has_codes ? states.v : none),
                                    pointer<float>(states.m_scales),
                                    pointer<float>(states.v_scales),
                                    pointer<Activation<W>>(grad),
                                    pointer<W>(weight),
                                    weight.numel(),
                                    step.lr,
                                    step.beta1,
                                    step.beta2,
                                    step.epsilon,
                                    step.weight_decay,
                                    step.grad_scale,
                                    step.correction1,
                                    step.correction2,
                                    keys.seed,
                                    keys.parameter,
                                    keys.step},
           weight.device());
  });
}

double sum_of_squares(at::ArrayRef<Tensor> tensors) {
  if (tensors.empty()) return 0;
  const c10::Device device = tensors.front().device();
  // A tensor is cut by its own size alone; models with experts have many small ones.
  const auto parts_of = [&](const Tensor& x) {
    return device.is_cpu() ? 64 : std::clamp<int64_t>(x.numel() / 4096, 1, 1024);
  };
  int64_t all_parts = 0;
  for (const Tensor& x : tensors) all_parts += parts_of(x);
  const Tensor partial = empty({all_parts}, tensors.front().options().dtype(at::kDouble));
  double* next = pointer<double>(partial);
  for (const Tensor& x : tensors) {
    with_activation_type(x.scalar_type(), [&](auto type) {
      using T = decltype(type);
      launch(kernels::SumOfSquares<T>{pointer<T>(x), next, x.numel(), parts_of(x)}, device);
    });
    next += parts_of(x);
  }
  const Tensor host = partial.cpu();  // the device is waited for once
  const double* from = pointer<double>(host);
  double total = 0;
  for (const Tensor& x : tensors) {
    double sum = 0;
    for (int64_t part = 0; part < parts_of(x); ++part) sum += *from++;
    total += sum;
  }
  return total;
}

}  // namespace cohort::ops
