// Products in eight bits: of integers on the CPU, of floating point on a GPU.
#include <ATen/ops/_scaled_mm.h>
#include <ATen/ops/ones.h>

#include "kernels/cpu/gemm.hpp"
#include "kernels/launch.hpp"
#include "kernels/memory.hpp"
#include "kernels/ops.hpp"
#include "kernels/quantised.hpp"
#include "kernels/round_float8.hpp"
#include "kernels/scale_product.hpp"

namespace cohort::ops {
namespace {

using kernels::pointer;

// Calls f(W{}) for numbers that can be rounded to eight bits.
template <typename F>
void with_wide_type(const char* op, const Tensor& x, F&& f) {
  if (x.scalar_type() == at::kBFloat16) return f(kernels::bfloat16{});
  TORCH_CHECK(x.scalar_type() == at::kFloat, op, ": expected float32 or bfloat16, got ", x.scalar_type());
  f(float{});
}

// Rows in eight bits of floating point, into tensors that are there.
void round_float8(const Tensor& x, const Tensor& rounded, const Tensor& scales) {
  with_wide_type("round_float8", x, [&](auto type) {
    using W = decltype(type);
    kernels::launch(kernels::RoundFloat8<W>{pointer<W>(x), pointer<kernels::float8>(rounded), pointer<float>(scales),
                                            x.size(0), x.size(1)},
                    x.device());
  });
}

Tensor linear_int8(const Tensor& x, const QuantisedWeight& weight, const Tensor& bias, const Tensor& residual,
                   const Tensor& y) {
  const int64_t out = weight.scales.size(0), in = x.size(1);
  TORCH_CHECK(weight.panels.numel() == kernels::panels_size<int8_t>(out, in), "linear: a weight of ", out,
              " outputs for other inputs than ", in);
  kernels::QuantisedLinear{pointer<float>(x),
                           pointer<int8_t>(weight.panels),
                           pointer<float>(weight.scales),
                           pointer<int32_t>(weight.offsets),
                           pointer<float>(bias),
                           pointer<float>(residual),
                           pointer<float>(y),
                           x.size(0),
                           in,
                           out}
      .run_cpu();
  return y;
}

// Scales of 1 for the product itself: with a scale for each row some shapes have no kernel.
Tensor linear_float8(const Tensor& x, const QuantisedWeight& weight, const Tensor& bias, const Tensor& residual,
                     const Tensor& y) {
  const Tensor rounded = empty(x.sizes(), x.options().dtype(at::kFloat8_e4m3fn));
  const Tensor scales = empty({x.size(0)}, x.options().dtype(at::kFloat));
  round_float8(x, rounded, scales);
  const Tensor product = at::_scaled_mm(rounded, weight.panels.t(), weight.one, weight.one, {}, {}, at::kFloat,
                                        /*use_fast_accum=*/true);
  kernels::launch(
      kernels::ScaleProduct{pointer<float>(product), pointer<float>(scales), pointer<float>(weight.scales),
                            pointer<float>(bias), pointer<float>(residual), pointer<float>(y), y.size(0), y.size(1)},
      x.device());
  return y;
}

}  // namespace

void quantise(const Tensor& weight, QuantisedWeight& quantised) {
  TORCH_CHECK(weight.is_cpu() && weight.dim() == 2, "quantise: expected [out, in] on the CPU, got ", weight.sizes(),
              " on ", weight.device());
  const int64_t out = weight.size(0), in = weight.size(1);
  // Sums of 255 · 127 in 32 bits.
  TORCH_CHECK(in <= 65'536, "quantise: at most 65536 inputs can be summed, got ", in);
  if (!quantised.panels.defined())
    quantised = {lasting({kernels::panels_size<int8_t>(out, in)}, weight.options().dtype(at::kChar)),
                 empty({out}, weight.options().dtype(at::kFloat)),
                 empty({out}, weight.options().dtype(at::kInt)),
                 {}};
  with_wide_type("quantise", weight, [&](auto type) {
    using W = decltype(type);
    kernels::QuantiseWeight<W>{pointer<W>(weight),
                               pointer<int8_t>(quantised.panels),
                               pointer<float>(quantised.scales),
                               pointer<int32_t>(quantised.offsets),
                               in,
                               out}
        .run_cpu();
  });
}

void quantise_float8(const Tensor& weight, QuantisedWeight& quantised) {
  TORCH_CHECK(weight.dim() == 2 && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0,
              "quantise_float8: expected [out, in], multiples of 16, got ", weight.sizes());
  const at::TensorOptions numbers = weight.options().dtype(at::kFloat);
  if (!quantised.panels.defined())
    quantised = {empty(weight.sizes(), weight.options().dtype(at::kFloat8_e4m3fn)),
                 empty({weight.size(0)}, numbers),
                 {},
                 at::ones({1}, numbers)};
  round_float8(weight, quantised.panels, quantised.scales);
}

Tensor linear(const Tensor& x, const QuantisedWeight& weight, const Tensor& bias, const Tensor& residual, Tensor y) {
  if (!y.defined()) y = empty({x.size(0), weight.scales.size(0)}, x.options().dtype(at::kFloat));
  const bool is_float8 = weight.panels.scalar_type() == at::kFloat8_e4m3fn;
  return is_float8 ? linear_float8(x, weight, bias, residual, y) : linear_int8(x, weight, bias, residual, y);
}

}  // namespace cohort::ops
