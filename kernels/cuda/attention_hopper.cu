#include "kernels/cuda/attention_hopper.cuh"
#include "kernels/cuda/attention_hopper.hpp"
#include "kernels/cuda/attention_tiles.cuh"
#include "kernels/cuda/device.cuh"
#include "kernels/cuda/scratch.cuh"
#include "kernels/cuda/tensor_map.cuh"

namespace cohort::kernels {
namespace {

template <typename Tile, bool kWithValues>
void launch(const AttentionForward<bfloat16>& op, float* log_sums, cudaStream_t stream) {
  const AttentionRows rows = rows_of_block<Tile>(op.heads / op.kv_heads, false);
  const int64_t tiles = ceil_divide(op.rows, rows.tokens) * op.kv_heads * rows.parts;
  const Scratch<int> counter(1, stream);
  check_cuda(cudaMemsetAsync(counter.data(), 0, sizeof(int), stream), "attention forward");
  launch_blocks("attention forward", attention_forward_hopper<Tile, kWithValues>,
                Blocks{std::min<int64_t>(tiles, device_attribute(cudaDevAttrMultiProcessorCount)), Tile::kThreads,
                       Tile::kSharedBytes},
                stream, op, tensor_map(op.keys, kBlockTokens, kBlockKeys, Tile::kHeadDim),
                tensor_map(op.values, Tile::kHeadDim, 64, kBlockKeys), rows, counter.data(), log_sums);
}

template <typename Tile>
void launch(const AttentionForward<bfloat16>& op, float* log_sums, cudaStream_t stream) {
  if (op.out || op.rounded_out) {
    launch<Tile, true>(op, log_sums, stream);
  } else {
    launch<Tile, false>(op, log_sums, stream);
  }
}

}  // namespace

bool fits_hopper(const AttentionForward<bfloat16>& op) {
  return (op.head_dim == 64 || op.head_dim == 128) && device_attribute(cudaDevAttrComputeCapabilityMajor) == 9;
}

void attention_on_hopper(const AttentionForward<bfloat16>& op, float* log_sums, cudaStream_t stream) {
  if (op.head_dim == 64) {
    launch<HopperTile<64, 3, 4, false>>(op, log_sums, stream);
  } else {
    launch<HopperTile<128, 2, 2, true, true>>(op, log_sums, stream);
  }
}

}  // namespace cohort::kernels
