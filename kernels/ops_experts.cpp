// Experts: rows go to the few that a router chooses, are multiplied there side by side, and come back weighed.
#include <ATen/ops/_grouped_mm.h>

#include "kernels/cpu/experts.hpp"
#include "kernels/cpu/gemm.hpp"
#include "kernels/grouped_linear.hpp"
#include "kernels/launch.hpp"
#include "kernels/linear.hpp"
#include "kernels/memory.hpp"
#include "kernels/move_rows.hpp"
#include "kernels/ops.hpp"
#include "kernels/route.hpp"

namespace cohort::ops {
namespace {

using kernels::launch;
using kernels::pointer;
using kernels::with_activation_type;
using kernels::with_weight_type;

void check_visits(const char* op, const Tensor& x, const Visits& visits, int64_t width) {
  TORCH_CHECK(x.dim() == 2 && x.size(0) == visits.count() && x.size(1) == width, op, ": expected [", visits.count(),
              ", ", width, "], got ", x.sizes());
}

// y[i] = x[from[i] / per_row] for each visit.
Tensor gather(const Tensor& x, const Tensor& from, int64_t per_row, Tensor y = {}) {
  if (!y.defined()) y = empty({from.numel(), x.size(1)}, x.options());
  with_weight_type(x.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(kernels::GatherRows<W>{pointer<W>(x), pointer<int32_t>(from), pointer<W>(y), y.size(0), y.size(1), per_row},
           x.device());
  });
  return y;
}

bool are_gated_at_once(const Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kBFloat16; }

// LibTorch takes rows that begin at multiples of 16 bytes, and less than 1024 experts.
bool is_for_library(const Tensor& x, int64_t out, int64_t experts, kernels::Mode mode) {
  return mode == kernels::Mode::fast && kernels::is_hopper(x.device()) && x.scalar_type() == at::kBFloat16 &&
         x.size(1) % 8 == 0 && out % 8 == 0 && experts < 1024;
}

}  // namespace

Visits route(const Tensor& logits, int64_t per_row, bool normalised) {
  const int64_t rows = logits.size(0), experts = logits.size(1), count = rows * per_row;
  TORCH_CHECK(per_row > 0 && per_row <= experts, "route: expected 1 to ", experts, " experts for a row, got ", per_row);
  TORCH_CHECK(count <= INT32_MAX, "route: expected at most ", INT32_MAX, " visits, got ", count);
  const at::TensorOptions integers = logits.options().dtype(at::kInt);
  Visits visits{empty({rows, per_row}, integers), empty({rows, per_row}, logits.options()), empty({count}, integers),
                empty({count}, integers), empty({experts}, integers)};
  with_activation_type(logits.scalar_type(), [&](auto type) {
    using T = decltype(type);
    launch(kernels::RouteRows<T>{pointer<T>(logits), pointer<int32_t>(visits.chosen), pointer<T>(visits.weights), rows,
                                 experts, per_row, normalised},
           logits.device());
  });
  launch(kernels::SortVisits{pointer<int32_t>(visits.chosen), pointer<int32_t>(visits.order),
                             pointer<int32_t>(visits.places), pointer<int32_t>(visits.ends), count, experts},
         logits.device());
  return visits;
}

Tensor route_backward(const Visits& visits, const Tensor& logits, const Tensor& pulls, bool normalised) {
  Tensor dlogits = empty(logits.sizes(), logits.options());
  with_activation_type(logits.scalar_type(), [&](auto type) {
    using T = decltype(type);
    launch(kernels::RouteRowsBackward<T>{pointer<T>(logits), pointer<int32_t>(visits.chosen),
                                         pointer<T>(visits.weights), pointer<T>(pulls), pointer<T>(dlogits),
                                         logits.size(0), logits.size(1), visits.per_row(), normalised},
           logits.device());
  });
  return dlogits;
}

Tensor gather_visits(const Tensor& x, const Visits& visits) { return gather(x, visits.order, visits.per_row()); }
Tensor to_numbers(const Tensor& x, const Visits& visits, Tensor y) { return gather(x, visits.places, 1, std::move(y)); }
Tensor to_places(const Tensor& x, const Visits& visits) { return gather(x, visits.order, 1); }

Tensor weigh_visits(const Tensor& x, const Visits& visits, at::ScalarType weights) {
  Tensor y = empty({visits.count(), x.size(1)}, x.options().dtype(weights));
  with_weight_type(weights, [&](auto type) {
    using W = decltype(type);
    using T = kernels::Activation<W>;
    launch(kernels::WeighRows<W>{pointer<T>(x), pointer<T>(visits.weights), pointer<int32_t>(visits.order),
                                 pointer<W>(y), y.size(0), y.size(1), visits.per_row()},
           x.device());
  });
  return y;
}

void combine_visits(const Tensor& x, const Visits& visits, bool is_weighed, const Tensor& residual, const Tensor& y) {
  check_visits("combine_visits", x, visits, y.size(1));
  with_activation_type(x.scalar_type(), [&](auto type) {
    using T = decltype(type);
    launch(kernels::CombineRows<T>{pointer<T>(x), pointer<int32_t>(visits.places),
                                   is_weighed ? pointer<T>(visits.weights) : nullptr, pointer<T>(residual),
                                   pointer<T>(y), y.size(0), y.size(1), visits.per_row()},
           x.device());
  });
}

Tensor pull_weights(const Tensor& dgate_up, const Tensor& kept, const Visits& visits) {
  const int64_t width = kept.size(1) / 2;
  check_visits("pull_weights", dgate_up, visits, 2 * width);
  Tensor pulls = empty(visits.weights.sizes(), visits.weights.options());
  with_weight_type(kept.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(kernels::PullWeights<W>{pointer<W>(dgate_up), pointer<W>(kept), pointer<int32_t>(visits.order),
                                   pointer<kernels::Activation<W>>(pulls), visits.count(), width},
           kept.device());
  });
  return pulls;
}

Tensor grouped_linear(const Tensor& x, const PackedWeight& weight, const Visits& visits, kernels::Mode mode) {
  const int64_t out = weight.weight.size(0) / weight.groups, in = weight.weight.size(1);
  check_visits("grouped_linear", x, visits, in);
  if (is_for_library(x, out, weight.groups, mode)) return grouped_linear_by_library(x, weight, visits);
  Tensor y = empty({x.size(0), out}, x.options().dtype(activation_dtype(x.scalar_type())));
  with_weight_type(x.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(kernels::GroupedLinear<W>{pointer<W>(x), pointer<W>(weight.weight), pointer<W>(weight.panels),
                                     pointer<int32_t>(visits.ends), pointer<kernels::Activation<W>>(y), x.size(0), in,
                                     out, weight.groups},
           x.device());
  });
  return y;
}

Tensor grouped_linear_by_library(const Tensor& x, const PackedWeight& weight, const Visits& visits) {
  const Tensor experts = weight.weight.view({weight.groups, -1, weight.weight.size(1)});
  return at::_grouped_mm(x, experts.transpose(1, 2), visits.ends).to(at::kFloat);
}

Tensor grouped_gated_linear(const Tensor& x, const PackedWeight& weight, const Visits& visits, Gate kind,
                            const Tensor& kept, kernels::Mode mode) {
  if (!are_gated_at_once(x)) return gated_unit(grouped_linear(x, weight, visits, mode), kind, x.scalar_type(), kept);
  const int64_t width = weight.weight.size(0) / weight.groups / 2, in = weight.weight.size(1);
  check_visits("grouped_gated_linear", x, visits, in);
  using kernels::bfloat16;
  Tensor y = empty({x.size(0), width}, x.options());
  const auto *const from = pointer<bfloat16>(x), *const panels = pointer<bfloat16>(weight.panels);
  bfloat16 *const to = pointer<bfloat16>(y), *const to_keep = pointer<bfloat16>(kept);
  kernels::for_each_expert(pointer<int32_t>(visits.ends), weight.groups, [&](int64_t e, int64_t first, int64_t count) {
    kernels::GatedLinear{from + first * in,
                         nullptr,
                         nullptr,
                         to + first * width,
                         to_keep ? to_keep + first * 2 * width : nullptr,
                         count,
                         in,
                         width,
                         kind,
                         panels + e * kernels::panels_size<bfloat16>(2 * width, in)}
        .run_cpu();
  });
  return y;
}

Tensor grouped_backward_input(const Tensor& dy, const PackedWeight& weight, const Visits& visits) {
  const int64_t out = weight.weight.size(0) / weight.groups, in = weight.weight.size(1);
  check_visits("grouped_backward_input", dy, visits, out);
  Tensor dx = empty({dy.size(0), in}, dy.options().dtype(activation_dtype(dy.scalar_type())));
  with_weight_type(dy.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(
        kernels::GroupedLinearBackwardInput<W>{pointer<W>(dy), pointer<W>(weight.weight),
                                               pointer<W>(weight.transposed_panels), pointer<int32_t>(visits.ends),
                                               pointer<kernels::Activation<W>>(dx), dy.size(0), in, out, weight.groups},
        dy.device());
  });
  return dx;
}

GatedGradients grouped_gated_backward_input(const Tensor& dy, const PackedWeight& weight, const Tensor& kept,
                                            const Visits& visits, Gate kind) {
  if (!are_gated_at_once(dy)) return gated_unit_backward(grouped_backward_input(dy, weight, visits), kept, kind);
  const int64_t out = weight.weight.size(0) / weight.groups, width = weight.weight.size(1);
  check_visits("grouped_gated_backward_input", dy, visits, out);
  check_visits("grouped_gated_backward_input", kept, visits, 2 * width);
  using kernels::bfloat16;
  GatedGradients gradients{empty({dy.size(0), width}, dy.options()), empty(kept.sizes(), kept.options())};
  const auto *const from = pointer<bfloat16>(dy), *const was_kept = pointer<bfloat16>(kept);
  const auto* const panels = pointer<bfloat16>(weight.transposed_panels);
  bfloat16 *const y = pointer<bfloat16>(gradients.y), *const dgate_up = pointer<bfloat16>(gradients.dgate_up);
  kernels::for_each_expert(pointer<int32_t>(visits.ends), weight.groups, [&](int64_t e, int64_t first, int64_t count) {
    kernels::GatedBackwardInput{from + first * out,
                                panels + e * kernels::panels_size<bfloat16>(width, out),
                                was_kept + first * 2 * width,
                                y + first * width,
                                dgate_up + first * 2 * width,
                                count,
                                width,
                                out,
                                kind}
        .run_cpu();
  });
  return gradients;
}

void grouped_backward_weight(const Tensor& dy, const Tensor& x, const Visits& visits, const Tensor& dweight) {
  const int64_t experts = visits.ends.numel(), out = dweight.size(0) / experts, in = dweight.size(1);
  check_visits("grouped_backward_weight", dy, visits, out);
  check_visits("grouped_backward_weight", x, visits, in);
  with_weight_type(x.scalar_type(), [&](auto type) {
    using W = decltype(type);
    launch(
        kernels::GroupedLinearBackwardWeight<W>{pointer<W>(dy), pointer<W>(x), pointer<int32_t>(visits.ends),
                                                pointer<kernels::Activation<W>>(dweight), x.size(0), in, out, experts},
        x.device());
  });
}

}  // namespace cohort::ops
