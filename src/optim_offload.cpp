#include "src/optim_offload.hpp"

#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <array>
#include <memory>

namespace cohort::optim {
namespace {

// Host memory that one piece passes through.
struct Stage {
  at::Tensor grad, weight;
  std::unique_ptr<c10::Event> arrived;  // none on a CPU

  Stage(int64_t elements, const Parameter& like) {
    const c10::Device device = like.value.device();
    const auto host = at::TensorOptions().pinned_memory(device.is_cuda());
    grad = at::empty({elements}, host.dtype(like.grad.scalar_type()));
    weight = at::empty({elements}, host.dtype(like.value.scalar_type()));
    if (!device.is_cpu()) arrived = std::make_unique<c10::Event>(device.type());
  }
};

at::Tensor part(const at::Tensor& whole, const Piece& piece) {
  return whole.view({-1}).narrow(0, piece.first, piece.count);
}

}  // namespace

std::vector<Piece> pieces_of(const std::vector<Parameter>& parameters, int64_t most) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const int64_t size = parameters[i].value.numel();
    for (int64_t first = 0; first < size; first += most) pieces.push_back({i, first, std::min(most, size - first)});
  }
  return pieces;
}

void update_on_host(std::vector<Parameter>& parameters, int64_t most_elements,
                    const std::function<void(const Piece&, const at::Tensor&, const at::Tensor&)>& update) {
  const std::vector<Piece> pieces = pieces_of(parameters, most_elements);
  int64_t largest = 0;
  for (const Piece& piece : pieces) largest = std::max(largest, piece.count);
  std::array<Stage, 2> stages = {Stage(largest, parameters.front()), Stage(largest, parameters.front())};
  const auto fetch = [&](size_t i) {
    if (i == pieces.size()) return;
    const Stage& stage = stages[i % 2];
    stage.grad.narrow(0, 0, pieces[i].count)
        .copy_(part(parameters[pieces[i].parameter].grad, pieces[i]), /*non_blocking=*/true);
    const c10::Device device = parameters.front().value.device();
    if (stage.arrived) stage.arrived->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  };
  fetch(0);
  for (size_t i = 0; i < pieces.size(); ++i) {
    fetch(i + 1);
    const Stage& stage = stages[i % 2];
    // The stream has then also taken the weights that lay here two pieces ago: it did so before this gradient came.
    if (stage.arrived) stage.arrived->synchronize();
    const at::Tensor weight = stage.weight.narrow(0, 0, pieces[i].count);
    update(pieces[i], stage.grad.narrow(0, 0, pieces[i].count), weight);
    part(parameters[pieces[i].parameter].value, pieces[i]).copy_(weight, /*non_blocking=*/true);
  }
}

}  // namespace cohort::optim
