// A layer's MLP where experts stand in it: each row visits those that its router gives most, and what they make of it
// is added up by weight. Routing is part of the policy's one forward: a row finds the same experts, with the same
// weights to the bit, when it is sampled and when it is trained.
#include "src/models/transformer.hpp"

namespace cohort::models {

// out = residual + the experts' sum. `kept`, where it is defined, receives the two factors of each visit's gated unit,
// side by side for each row.
void Transformer::experts(const Layer& layer, const at::Tensor& x, Precision precision, const at::Tensor& kept,
                          const at::Tensor& residual, const at::Tensor& out) const {
  const kernels::Mode mode = mode_of(precision);
  const ops::Visits visits =
      ops::route(ops::linear(x, layer.router.packed, {}), config.experts.per_token, config.experts.normalised);
  at::Tensor by_place;
  if (kept.defined()) by_place = ops::empty({visits.count(), kept.size(1) / visits.per_row()}, kept.options());
  const at::Tensor y =
      ops::grouped_gated_linear(ops::gather_visits(x, visits), layer.gate_up.packed, visits, gate_, by_place, mode);
  if (kept.defined()) ops::to_numbers(by_place, visits, kept.view(by_place.sizes()));
  ops::combine_visits(ops::grouped_linear(y, layer.down.packed, visits, mode), visits, true, residual, out);
}

// The gradient of x, where the forward left `kept` or is to be called again.
at::Tensor Transformer::experts_backward(const Layer& layer, const at::Tensor& x, const at::Tensor& kept,
                                         const at::Tensor& dy) const {
  const at::ScalarType weights = options.dtype;
  const bool normalised = config.experts.normalised;
  const at::Tensor logits = ops::linear(x, layer.router.packed, {});
  const ops::Visits visits = ops::route(logits, config.experts.per_token, normalised);
  at::Tensor rows = ops::gather_visits(x, visits);
  const int64_t columns = 2 * config.experts.intermediate_size;
  at::Tensor by_place;
  if (kept.defined()) {
    by_place = ops::to_places(kept.view({visits.count(), columns}), visits);
  } else {
    by_place = ops::empty({visits.count(), columns}, rows.options());
    ops::grouped_gated_linear(rows, layer.gate_up.packed, visits, gate_, by_place);
  }
  at::Tensor weighed = ops::weigh_visits(dy, visits, weights);
  auto [y, dgate_up] = ops::grouped_gated_backward_input(weighed, layer.down.packed, by_place, visits, gate_);
  ops::grouped_backward_weight(weighed, y, visits, layer.down.grad);
  weighed = y = at::Tensor();  // visits are many rows: none stays longer than it is read
  ops::grouped_backward_weight(dgate_up, rows, visits, layer.gate_up.grad);
  rows = at::Tensor();

  const at::Tensor pulls = ops::pull_weights(dgate_up, by_place, visits);
  const at::Tensor dlogits = ops::as_operand(ops::route_backward(visits, logits, pulls, normalised), weights);
  ops::linear_backward_weight(weights, dlogits, x, layer.router.grad, {});
  const at::Tensor dx = ops::linear_backward_input(dlogits, layer.router.packed);
  ops::combine_visits(ops::grouped_backward_input(dgate_up, layer.gate_up.packed, visits), visits, false, dx, dx);
  return dx;
}

}  // namespace cohort::models
