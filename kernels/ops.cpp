#include "kernels/ops.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "kernels/attention.hpp"
#include "kernels/copy_blocks.hpp"
#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/operand.hpp"
#include "kernels/embedding.hpp"
#include "kernels/gated_unit.hpp"
#include "kernels/launch.hpp"
#include "kernels/linear.hpp"
#include "kernels/memory.hpp"
#include "kernels/rms_norm.hpp"
#include "kernels/rotary.hpp"

namespace cohort::ops {
namespace {

using kernels::Activation;
using kernels::launch;
using kernels::pointer;
using kernels::with_activation_type;
using kernels::with_weight_type;

void check_rows(const char* op, const Tensor& x, int64_t width) {
  TORCH_CHECK(x.dim() == 2 && x.size(1) == width, op, ": expected [rows, ", width, "], got ", x.sizes());
}

// Numbers as they are, or as weights of type W: one of the two is null.
template <typename W>
std::pair<Activation<W>*, W*> either(const Tensor& tensor) {
  if (std::is_same_v<W, Activation<W>> || tensor.element_size() != sizeof(W))
    return {pointer<Activation<W>>(tensor), nullptr};
  return {nullptr, pointer<W>(tensor)};
}

bool are_rounded(const Tensor& x, const PackedWeight& weight) {
  return x.scalar_type() == at::kBFloat16 && weight.weight.scalar_type() == at::kBFloat16;
}

}  // namespace

at::ScalarType activation_dtype(at::ScalarType weights) { return weights == at::kDouble ? at::kDouble : at::kFloat; }

int64_t panels_numel(const Tensor& weight, int64_t groups) {
  int64_t numel = 0;
  with_weight_type(weight.scalar_type(), [&](auto type) {
    numel = groups * kernels::panels_size<decltype(type)>(weight.size(0) / groups, weight.size(1));
  });
  return numel;
}

void pack(PackedWeight& packed) {
  const Tensor& weight = packed.weight;
  TORCH_CHECK(weight.dim() == 2, "pack: expected [out, in], got ", weight.sizes());
  if (!weight.is_cpu()) return void(packed.panels = weight);
  const int64_t out = weight.size(0) / packed.groups, in = weight.size(1);
  with_weight_type(weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    if (!packed.panels.defined()) packed.panels = lasting({panels_numel(weight, packed.groups)}, weight.options());
    for (int64_t g = 0; g < packed.groups; ++g)
      kernels::pack_transposed<W>(pointer<W>(weight) + g * out * in, out, in,
                                  pointer<W>(packed.panels) + g * kernels::panels_size<W>(out, in));
  });
}

void pack_transposed(PackedWeight& packed) {
  const Tensor& weight = packed.weight;
  TORCH_CHECK(weight.dim() == 2, "pack_transposed: expected [out, in], got ", weight.sizes());
  if (!weight.is_cpu()) return void(packed.transposed_panels = weight);
  const int64_t out = weight.size(0) / packed.groups, in = weight.size(1);
  with_weight_type(weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    const int64_t panels = kernels::panels_size<W>(in, out);
    packed.transposed_panels = empty({packed.groups * panels}, weight.options());
    for (int64_t g = 0; g < packed.groups; ++g)
      kernels::pack_rows<W>(pointer<W>(weight) + g * out * in, in, out, in,
                            pointer<W>(packed.transposed_panels) + g * panels);
  });
}

Tensor embedding(const Tensor& weight, const Tensor& tokens, const Tensor& panels, double scale) {
  const int64_t rows = tokens.numel(), width = weight.size(1);
  Tensor out = empty({rows, width}, weight.options().dtype(activation_dtype(weight.scalar_type())));
  with_weight_type(weight.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(kernels::EmbeddingForward<W>{pointer<W>(weight), pointer<int64_t>(tokens), pointer<Activation<W>>(out), rows,
                                        width, static_cast<Activation<W>>(scale), pointer<W>(panels)},
           weight.device());
  });
  return out;
}

void embedding_backward(const Tensor& grad, const Tensor& tokens, const Tensor& dweight, double scale) {
  with_activation_type(grad.scalar_type(), [&](auto type) {
    using T = decltype(type);
    launch(kernels::EmbeddingBackward<T>{pointer<T>(grad), pointer<int64_t>(tokens), pointer<T>(dweight), grad.size(0),
                                         grad.size(1), static_cast<T>(scale)},
           grad.device());
  });
}

Tensor as_operand(const Tensor& x, at::ScalarType weights) {
  if (x.is_cuda() || x.scalar_type() == weights) return x.to(weights);
  Tensor y = empty(x.sizes(), x.options().dtype(weights));
  with_weight_type(weights, [&](auto type) {
    using W = decltype(type);
    const auto* from = pointer<Activation<W>>(x);
    W* to = pointer<W>(y);
    kernels::parallel_for(x.numel(), 1 << 16, [&](int64_t begin, int64_t end) {
      kernels::round_to<W>(from + begin, to + begin, end - begin);
    });
  });
  return y;
}

Tensor linear(const Tensor& x, const PackedWeight& weight, const Tensor& bias, const Tensor& residual, Tensor y,
              kernels::Mode mode) {
  const int64_t out = weight.weight.size(0), in = weight.weight.size(1);
  check_rows("linear", x, in);
  const at::ScalarType weights = weight.weight.scalar_type();
  if (!y.defined()) y = empty({x.size(0), out}, x.options().dtype(activation_dtype(weights)));
  with_weight_type(weights, [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    const auto [exact, rounded] = either<W>(x);
    launch(kernels::LinearForward<W>{exact, pointer<W>(weight.weight), pointer<W>(weight.panels), pointer<T>(bias),
                                     pointer<T>(residual), pointer<T>(y), x.size(0), in, out, mode, rounded},
           x.device());
  });
  return y;
}

Tensor linear_backward_input(const Tensor& dy, const PackedWeight& weight, std::optional<at::ScalarType> dtype) {
  const int64_t out = weight.weight.size(0), in = weight.weight.size(1);
  check_rows("linear_backward_input", dy, out);
  const at::ScalarType weights = weight.weight.scalar_type();
  Tensor dx = empty({dy.size(0), in}, dy.options().dtype(dtype.value_or(activation_dtype(weights))));
  with_weight_type(weights, [&](auto type) {
    using W = decltype(type);
    const auto [exact, rounded] = either<W>(dy);
    const auto [exact_dx, rounded_dx] = either<W>(dx);
    launch(kernels::LinearBackwardInput<W>{exact, pointer<W>(weight.weight), pointer<W>(weight.transposed_panels),
                                           exact_dx, dy.size(0), in, out, rounded, rounded_dx},
           dy.device());
  });
  return dx;
}

void linear_backward_weight(at::ScalarType weight_dtype, const Tensor& dy, const Tensor& x, const Tensor& dweight,
                            const Tensor& dbias) {
  check_rows("linear_backward_weight", dy, dweight.size(0));
  check_rows("linear_backward_weight", x, dweight.size(1));
  with_weight_type(weight_dtype, [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    const auto [exact_dy, rounded_dy] = either<W>(dy);
    const auto [exact_x, rounded_x] = either<W>(x);
    launch(kernels::LinearBackwardWeight<W>{exact_dy, exact_x, pointer<T>(dweight), pointer<T>(dbias), dy.size(0),
                                            x.size(1), dy.size(1), rounded_dy, rounded_x},
           dy.device());
  });
}

Normed rms_norm(const Tensor& x, const Tensor& weight, double epsilon, std::optional<at::ScalarType> dtype) {
  check_rows("rms_norm", x, weight.size(0));
  Normed normed{empty(x.sizes(), x.options().dtype(dtype.value_or(x.scalar_type()))), empty({x.size(0)}, x.options())};
  with_activation_type(x.scalar_type(), [&](auto type) {
    using T = decltype(type);
    const bool is_rounded = normed.y.scalar_type() != x.scalar_type();
    launch(kernels::RmsNormForward<T>{pointer<T>(x), pointer<T>(weight), is_rounded ? nullptr : pointer<T>(normed.y),
                                      pointer<T>(normed.inv_rms), x.size(0), x.size(1), static_cast<T>(epsilon),
                                      is_rounded ? pointer<kernels::bfloat16>(normed.y) : nullptr},
           x.device());
  });
  return normed;
}

void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inv_rms, const Tensor& dx,
                       const Tensor& dweight) {
  with_activation_type(x.scalar_type(), [&](auto type) {
    using T = decltype(type);
    launch(kernels::RmsNormBackward<T>{pointer<T>(dy), pointer<T>(x), pointer<T>(weight), pointer<T>(inv_rms),
                                       pointer<T>(dx), pointer<T>(dweight), x.size(0), x.size(1)},
           x.device());
  });
}

Tensor rotary(const Tensor& qkv, const HeadNorms& norms, const RotaryTables& tables, const Tensor& positions,
              const Tensor& slots, const CacheLayer& cache, HeadShape shape) {
  const int64_t rows = qkv.size(0);
  check_rows("rotary", qkv, (shape.heads + 2 * shape.kv_heads) * shape.head_dim);
  const at::ScalarType weights = cache.keys.scalar_type();
  Tensor q = empty({rows, shape.heads * shape.head_dim},
                   qkv.options().dtype(qkv.is_cuda() ? weights : activation_dtype(weights)));
  with_weight_type(weights, [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    const auto [exact_q, rounded_q] = either<W>(q);
    launch(kernels::RotaryForward<W>{pointer<T>(qkv), pointer<T>(norms.q), pointer<T>(norms.k), pointer<T>(tables.cos),
                                     pointer<T>(tables.sin), pointer<int64_t>(positions), pointer<int64_t>(slots),
                                     exact_q, pointer<W>(cache.keys), pointer<W>(cache.values), rows, shape.heads,
                                     shape.kv_heads, shape.head_dim, static_cast<T>(norms.epsilon), rounded_q},
           qkv.device());
  });
  return q;
}

Tensor rotary_backward(const Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& qkv, const HeadNorms& norms,
                       const RotaryTables& tables, const Tensor& positions, HeadShape shape, at::ScalarType weights) {
  Tensor dqkv = empty({dq.size(0), (shape.heads + 2 * shape.kv_heads) * shape.head_dim}, dq.options().dtype(weights));
  with_activation_type(dq.scalar_type(), [&](auto type) {
    using T = decltype(type);
    const bool is_rounded = dqkv.scalar_type() != dq.scalar_type();
    launch(
        kernels::RotaryBackward<T>{pointer<T>(dq), pointer<T>(dk), pointer<T>(dv), pointer<T>(qkv), pointer<T>(norms.q),
                                   pointer<T>(norms.k), pointer<T>(tables.cos), pointer<T>(tables.sin),
                                   pointer<int64_t>(positions), is_rounded ? nullptr : pointer<T>(dqkv),
                                   pointer<T>(norms.dq), pointer<T>(norms.dk), dq.size(0), shape.heads, shape.kv_heads,
                                   shape.head_dim, static_cast<T>(norms.epsilon),
                                   is_rounded ? pointer<kernels::bfloat16>(dqkv) : nullptr},
        dq.device());
  });
  return dqkv;
}

Tensor block_copies(at::ArrayRef<BlockCopy> copies, c10::Device device) {
  static_assert(sizeof(BlockCopy) == 3 * sizeof(int32_t));
  if (copies.empty()) return {};
  const Tensor host = at::empty({static_cast<int64_t>(copies.size()), 3}, at::kInt);
  std::copy(copies.begin(), copies.end(), reinterpret_cast<BlockCopy*>(host.data_ptr()));
  return upload(host, device);
}

void copy_blocks(const CacheLayer& cache, const Tensor& copies, HeadShape shape) {
  if (!copies.defined()) return;
  with_weight_type(cache.keys.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(kernels::CopyBlocks<W>{pointer<W>(cache.keys), pointer<W>(cache.values),
                                  reinterpret_cast<const BlockCopy*>(pointer<int32_t>(copies)), copies.size(0),
                                  shape.kv_heads, shape.head_dim},
           cache.keys.device());
  });
}

Tensor attention(const Tensor& q, const CacheLayer& cache, const Sequences& sequences, HeadShape shape,
                 Tensor* log_sums, std::optional<at::ScalarType> dtype) {
  check_rows("attention", q, shape.heads * shape.head_dim);
  const at::ScalarType weights = cache.keys.scalar_type();
  Tensor out = empty(q.sizes(), q.options().dtype(dtype.value_or(weights)));
  if (log_sums)
    *log_sums = q.is_cuda() && weights == at::kBFloat16 ? empty({q.size(0), shape.heads}, q.options().dtype(at::kFloat))
                                                        : Tensor();
  with_weight_type(weights, [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    const auto [exact, rounded] = either<W>(out);
    const auto [exact_q, rounded_q] = either<W>(q);
    launch(
        kernels::AttentionForward<W>{exact_q, pointer<W>(cache.keys), pointer<W>(cache.values),
                                     pointer<int32_t>(sequences.cu_queries), pointer<int32_t>(sequences.first_position),
                                     pointer<int32_t>(sequences.block_table), exact, sequences.first_position.size(0),
                                     sequences.block_table.size(1), q.size(0), shape.heads, shape.kv_heads,
                                     shape.head_dim, static_cast<T>(1 / std::sqrt(static_cast<double>(shape.head_dim))),
                                     rounded, log_sums ? pointer<float>(*log_sums) : nullptr, rounded_q},
        q.device());
  });
  return out;
}

AttentionGradients attention_backward(const Tensor& q, const CacheLayer& cache, const Tensor& out, const Tensor& dout,
                                      const Sequences& sequences, HeadShape shape, const Tensor& log_sums) {
  const at::TensorOptions as = q.options().dtype(activation_dtype(cache.keys.scalar_type()));
  AttentionGradients gradients{empty(q.sizes(), as), empty({q.size(0), shape.kv_heads * shape.head_dim}, as),
                               empty({q.size(0), shape.kv_heads * shape.head_dim}, as)};
  with_weight_type(cache.keys.scalar_type(), [&](auto type) {
    using W = decltype(type);
    using T = Activation<W>;
    const auto [exact_q, rounded_q] = either<W>(q);
    const auto [exact_out, rounded_out] = either<W>(out);
    const auto [exact_dout, rounded_dout] = either<W>(dout);
    launch(kernels::AttentionBackward<W>{exact_q,
                                         pointer<W>(cache.keys),
                                         pointer<W>(cache.values),
                                         exact_out,
                                         exact_dout,
                                         pointer<int32_t>(sequences.cu_queries),
                                         pointer<int32_t>(sequences.first_position),
                                         pointer<int32_t>(sequences.block_table),
                                         pointer<int32_t>(sequences.families),
                                         pointer<T>(gradients.dq),
                                         pointer<T>(gradients.dk),
                                         pointer<T>(gradients.dv),
                                         sequences.families.size(0) - 1,
                                         sequences.first_position.size(0),
                                         sequences.block_table.size(1),
                                         q.size(0),
                                         shape.heads,
                                         shape.kv_heads,
                                         shape.head_dim,
                                         static_cast<T>(1 / std::sqrt(static_cast<double>(shape.head_dim))),
                                         rounded_out,
                                         rounded_q,
                                         rounded_dout,
                                         pointer<float>(log_sums)},
           q.device());
  });
  return gradients;
}

Tensor gated_unit(const Tensor& gate_up, Gate kind, at::ScalarType weights, const Tensor& kept) {
  const int64_t width = gate_up.size(1) / 2;
  Tensor y = empty({gate_up.size(0), width}, gate_up.options().dtype(weights));
  with_weight_type(weights, [&](auto type) {
    using W = decltype(type);
    const auto [exact, rounded] = either<W>(y);
    launch(kernels::GatedUnitForward<W>{pointer<Activation<W>>(gate_up), exact, pointer<W>(kept), y.size(0), width,
                                        kind, rounded},
           y.device());
  });
  return y;
}

Tensor gated_linear(const Tensor& x, const PackedWeight& weight, const Tensor& bias, Gate kind, const Tensor& kept,
                    kernels::Mode mode) {
  constexpr int64_t kFewRows = 16;  // which other kernels multiply on a GPU
  const int64_t rows = x.size(0), width = weight.weight.size(0) / 2;
  const bool is_for_hopper =
      rows > kFewRows && width % 2 == 0 && mode == kernels::Mode::exact && kernels::is_hopper(x.device());
  if (!are_rounded(x, weight) || !(x.is_cpu() || is_for_hopper))
    return gated_unit(linear(x, weight, bias, {}, {}, mode), kind, weight.weight.scalar_type(), kept);
  check_rows("gated_linear", x, weight.weight.size(1));
  using kernels::bfloat16;
  Tensor y = empty({rows, width}, x.options());
  kernels::launch(kernels::GatedLinear{pointer<bfloat16>(x), pointer<bfloat16>(weight.weight), pointer<float>(bias),
                                       pointer<bfloat16>(y), pointer<bfloat16>(kept), rows, x.size(1), width, kind,
                                       pointer<bfloat16>(weight.panels)},
                  x.device());
  return y;
}

GatedGradients gated_unit_backward(const Tensor& dy, const Tensor& kept, Gate kind) {
  check_rows("gated_unit_backward", dy, kept.size(1) / 2);
  const at::TensorOptions as = dy.options().dtype(kept.scalar_type());
  GatedGradients gradients{empty(dy.sizes(), as), empty(kept.sizes(), as)};
  with_weight_type(kept.scalar_type(), [&](auto type) {
    using W = decltype(type);
    const auto [y, rounded_y] = either<W>(gradients.y);
    const auto [dgate_up, rounded_dgate_up] = either<W>(gradients.dgate_up);
    launch(kernels::GatedUnitBackward<W>{pointer<Activation<W>>(dy), pointer<W>(kept), y, dgate_up, dy.size(0),
                                         dy.size(1), kind, rounded_y, rounded_dgate_up},
           dy.device());
  });
  return gradients;
}

GatedGradients gated_backward_input(const Tensor& dy, const PackedWeight& weight, const Tensor& kept, Gate kind) {
  if (!are_rounded(dy, weight) || !dy.is_cpu())
    return gated_unit_backward(linear_backward_input(dy, weight), kept, kind);
  const int64_t out = weight.weight.size(0), width = weight.weight.size(1);
  check_rows("gated_backward_input", dy, out);
  check_rows("gated_backward_input", kept, 2 * width);
  using kernels::bfloat16;
  GatedGradients gradients{empty({dy.size(0), width}, dy.options()), empty(kept.sizes(), kept.options())};
  kernels::GatedBackwardInput{pointer<bfloat16>(dy),
                              pointer<bfloat16>(weight.transposed_panels),
                              pointer<bfloat16>(kept),
                              pointer<bfloat16>(gradients.y),
                              pointer<bfloat16>(gradients.dgate_up),
                              dy.size(0),
                              width,
                              out,
                              kind}
      .run_cpu();
  return gradients;
}

}  // namespace cohort::ops
