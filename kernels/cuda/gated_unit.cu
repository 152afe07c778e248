#include "kernels/cuda/check.cuh"
#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/gated_unit.hpp"

namespace cohort::kernels {
namespace {

// Numbers as they are, or rounded where `rounded` is not null.
template <int kSize, typename W, typename T>
__device__ void store_either(T* exact, W* rounded, int64_t at, const Pack<T, kSize>& pack) {
  if (rounded) {
    store_pack(rounded + at, narrow_pack<W>(pack));
  } else {
    store_pack(exact + at, pack);
  }
}

// One thread per kSize neighbours of y.
template <Gate kKind, int kSize, typename W>
__global__ void __launch_bounds__(kElementThreads) forward(GatedUnitForward<W> op) {
  follow();
  using T = Activation<W>;
  const int64_t index = element_index(), packs = op.width / kSize;
  if (index >= op.rows * packs) return;
  const int64_t row = index / packs, column = index % packs * kSize, at = row * 2 * op.width + column;
  const auto gates = load_pack<kSize>(op.gate_up + at), ups = load_pack<kSize>(op.gate_up + at + op.width);
  Pack<T, kSize> y;
#pragma unroll
  for (int n = 0; n < kSize; ++n) y.values[n] = gated<kKind>(gates.values[n], ups.values[n]);
  store_either(op.y, op.rounded_y, row * op.width + column, y);
  if (!op.kept) return;
  store_pack(op.kept + at, narrow_pack<W>(gates));
  store_pack(op.kept + at + op.width, narrow_pack<W>(ups));
}

// One thread per kSize neighbours of dy.
template <Gate kKind, int kSize, typename W>
__global__ void __launch_bounds__(kElementThreads) backward(GatedUnitBackward<W> op) {
  using T = Activation<W>;
  const int64_t index = element_index(), packs = op.width / kSize;
  if (index >= op.rows * packs) return;
  const int64_t row = index / packs, column = index % packs * kSize, at = row * 2 * op.width + column;
  const auto dys = load_pack<kSize>(op.dy + row * op.width + column);
  const auto gates = load_pack<kSize>(op.kept + at), ups = load_pack<kSize>(op.kept + at + op.width);
  Pack<T, kSize> y, dgate, dup;
#pragma unroll
  for (int n = 0; n < kSize; ++n) {
    const T dy = dys.values[n], gate = to_float(gates.values[n]), up = to_float(ups.values[n]);
    const auto [open, slope] = gate_slope<kKind>(gate);
    const T through = gate * open;
    y.values[n] = through * up;
    dgate.values[n] = dy * up * slope;
    dup.values[n] = dy * through;
  }
  store_either(op.y, op.rounded_y, row * op.width + column, y);
  store_either(op.dgate_up, op.rounded_dgate_up, at, dgate);
  store_either(op.dgate_up, op.rounded_dgate_up, at + op.width, dup);
}

}  // namespace

template <typename W>
void GatedUnitForward<W>::run_cuda(cudaStream_t stream) const {
  constexpr int kSize = kPackSize<T>;
  const bool packs = has_packs<T>(width, gate_up, y, kept, rounded_y);
  with_gate(kind, [&](auto of) {
    constexpr Gate kKind = decltype(of)::value;
    launch_following_elements("gated unit forward", packs ? forward<kKind, kSize, W> : forward<kKind, 1, W>,
                              rows * width / (packs ? kSize : 1), stream, *this);
  });
}

template <typename W>
void GatedUnitBackward<W>::run_cuda(cudaStream_t stream) const {
  constexpr int kSize = kPackSize<T>;
  const bool packs = has_packs<T>(width, dy, kept, y, dgate_up, rounded_y, rounded_dgate_up);
  with_gate(kind, [&](auto of) {
    constexpr Gate kKind = decltype(of)::value;
    launch_elements("gated unit backward", packs ? backward<kKind, kSize, W> : backward<kKind, 1, W>,
                    rows * width / (packs ? kSize : 1), stream, *this);
  });
}

template struct GatedUnitForward<float>;
template struct GatedUnitForward<bfloat16>;
template struct GatedUnitForward<double>;
template struct GatedUnitBackward<float>;
template struct GatedUnitBackward<bfloat16>;
template struct GatedUnitBackward<double>;

}  // namespace cohort::kernels
