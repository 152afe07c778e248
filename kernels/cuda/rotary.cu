#include "kernels/cuda/check.cuh"
#include "kernels/cuda/follow.cuh"
#include "kernels/cuda/numbers.cuh"
#include "kernels/cuda/pack.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/scratch.cuh"
#include "kernels/rotary.hpp"

namespace cohort::kernels {
namespace {

constexpr int kWarps = 8;
constexpr int kThreads = kWarps * kWarpSize;
constexpr int kMaxHeadDim = 256;
constexpr int kMaxPairs = kMaxHeadDim / 2 / kWarpSize;  // of a lane

// Rows of a block of the backward: the gradients of the norm weights are summed over them before they meet others'.
constexpr int64_t kBackwardRows = 16;

// A head spread over a warp: lane l keeps the pairs (i, i + half) for i = l, l + 32, … Beyond the head: zeros.
template <typename T>
struct Head {
  T low[kMaxPairs], high[kMaxPairs];
};

// Calls use(n, i) for the pairs of this lane. Unrolled, so that a Head stays in registers.
template <typename Use>
__device__ void for_each_pair(int half, Use use) {
#pragma unroll
  for (int n = 0; n < kMaxPairs; ++n) {
    const int i = static_cast<int>(threadIdx.x) % kWarpSize + n * kWarpSize;
    if (i < half) use(n, i);
  }
}

template <typename T>
__device__ Head<T> load(const T* x, int half) {
  Head<T> head{};
  for_each_pair(half, [&](int n, int i) {
    head.low[n] = x[i];
    head.high[n] = x[i + half];
  });
  return head;
}

template <typename T, typename Y>
__device__ void store(const Head<T>& head, Y* y, int half) {
  for_each_pair(half, [&](int n, int i) {
    y[i] = narrow<Y>(head.low[n]);
    y[i + half] = narrow<Y>(head.high[n]);
  });
}

template <typename T>
__device__ T inverse_rms(const Head<T>& x, int half, T epsilon) {
  T squares = 0;
  for_each_pair(half, [&](int n, int) { squares = fma(x.low[n], x.low[n], fma(x.high[n], x.high[n], squares)); });
  return 1 / sqrt(warp_reduce(squares, Sum()) / (2 * half) + epsilon);
}

template <typename T>
__device__ Head<T> rotate(const Head<T>& x, const T* cos, const T* sin, T sign, int half) {
  Head<T> y{};
  for_each_pair(half, [&](int n, int i) {
    const T s = sign * sin[i], a = x.low[n], b = x.high[n];
    y.low[n] = a * cos[i] - b * s;
    y.high[n] = b * cos[i] + a * s;
  });
  return y;
}

// A few neighbouring pairs of a head, which a thread turns alone: where there are no norms, nobody needs the whole
// head.
template <typename T>
struct Turn {
  static constexpr int kSize = kPackSize<T>;
  using Part = Pack<T, kSize>;
  Part low, high;

  __device__ Turn(const T* x, int half) : low(load_pack<kSize>(x)), high(load_pack<kSize>(x + half)) {}
  __device__ void rotate(const T* cos, const T* sin, T sign) {
    const Part c = load_pack<kSize>(cos), s = load_pack<kSize>(sin);
#pragma unroll
    for (int n = 0; n < kSize; ++n) {
      const T a = low.values[n], b = high.values[n], sine = sign * s.values[n];
      low.values[n] = a * c.values[n] - b * sine;
      high.values[n] = b * c.values[n] + a * sine;
    }
  }
  template <typename Y>
  __device__ void store(Y* y, int half) const {
    store_pack(y, narrow_pack<Y>(low));
    store_pack(y + half, narrow_pack<Y>(high));
  }
};

// Which pairs a thread has: those from `pair` on, of head h of row i; `item` counts heads of all rows.
struct TurnPlace {
  int64_t item, i, h;
  int half, pair;

  __device__ TurnPlace(int64_t heads_in_row, int64_t head_dim, int size) : half(static_cast<int>(head_dim / 2)) {
    const auto index = static_cast<uint32_t>(element_index()), parts = static_cast<uint32_t>(half / size);
    item = index / parts;
    pair = static_cast<int>(index % parts) * size;
    i = static_cast<uint32_t>(item) / static_cast<uint32_t>(heads_in_row);
    h = item - i * heads_in_row;
  }
};

// One thread per kSize pairs.
template <typename W, typename T>
__global__ void __launch_bounds__(kElementThreads) forward_packs(RotaryForward<W> op) {
  follow();
  const TurnPlace at(op.heads + 2 * op.kv_heads, op.head_dim, Turn<T>::kSize);
  if (at.i >= op.rows) return;
  Turn<T> x(op.qkv + at.item * op.head_dim + at.pair, at.half);
  const bool is_q = at.h < op.heads, is_v = at.h >= op.heads + op.kv_heads;
  const int64_t angles = op.positions[at.i] * at.half + at.pair;
  if (!is_v) x.rotate(op.cos + angles, op.sin + angles, T(1));
  if (is_q) {
    const int64_t to = (at.i * op.heads + at.h) * op.head_dim + at.pair;
    if (op.rounded_q) {
      x.store(op.rounded_q + to, at.half);
    } else {
      x.store(op.q + to, at.half);
    }
    return;
  }
  const int64_t block = op.slots[at.i] / kBlockTokens, column = op.slots[at.i] % kBlockTokens;
  const int64_t head = (block * op.kv_heads + (at.h - op.heads) % op.kv_heads) * op.head_dim * kBlockTokens;
  if (is_v) {
    x.store(op.values + head + column * op.head_dim + at.pair, at.half);
    return;
  }
  W* const keys = op.keys + head + column;
#pragma unroll
  for (int n = 0; n < Turn<T>::kSize; ++n) {
    keys[(at.pair + n) * kBlockTokens] = narrow<W>(x.low.values[n]);
    keys[(at.pair + n + at.half) * kBlockTokens] = narrow<W>(x.high.values[n]);
  }
}

template <typename T>
__global__ void __launch_bounds__(kElementThreads) backward_packs(RotaryBackward<T> op) {
  const int64_t turned_heads = op.heads + op.kv_heads;
  const TurnPlace at(turned_heads + op.kv_heads, op.head_dim, Turn<T>::kSize);
  if (at.i >= op.rows) return;
  const T* const from = at.h < op.heads       ? op.dq + (at.i * op.heads + at.h) * op.head_dim
                        : at.h < turned_heads ? op.dk + (at.i * op.kv_heads + at.h - op.heads) * op.head_dim
                                              : op.dv + (at.i * op.kv_heads + at.h - turned_heads) * op.head_dim;
  Turn<T> dy(from + at.pair, at.half);
  const int64_t angles = op.positions[at.i] * at.half + at.pair, to = at.item * op.head_dim + at.pair;
  if (at.h < turned_heads) dy.rotate(op.cos + angles, op.sin + angles, T(-1));
  if (op.rounded) {
    dy.store(op.rounded + to, at.half);
  } else {
    dy.store(op.dqkv + to, at.half);
  }
}

// Whether heads are turned by Turn: they have no norms, and halves that packs divide.
template <typename T, typename... Pointers>
bool turns_packs(int64_t rows, int64_t heads_in_row, int64_t head_dim, const T* q_norm, const T* k_norm,
                 const Pointers*... at) {
  return !q_norm && !k_norm && head_dim % 2 == 0 && has_packs<T>(head_dim / 2, at...) &&
         rows * heads_in_row * (head_dim / 2) <= INT32_MAX;
}

// One warp per row and head of q, k and v.
template <typename W, typename T>
__global__ void __launch_bounds__(kThreads) forward(RotaryForward<W> op) {
  follow();
  const auto heads_in_row = static_cast<uint32_t>(op.heads + 2 * op.kv_heads);
  const uint32_t item = blockIdx.x * kWarps + threadIdx.x / kWarpSize;
  if (item >= op.rows * heads_in_row) return;  // a whole warp
  const int64_t i = item / heads_in_row, h = item % heads_in_row;
  const int half = static_cast<int>(op.head_dim / 2);

  Head<T> x = load(op.qkv + int64_t{item} * op.head_dim, half);
  const bool is_q = h < op.heads, is_v = h >= op.heads + op.kv_heads;
  if (!is_v) {
    if (const T* norm = is_q ? op.q_norm : op.k_norm) {
      const T inv = inverse_rms(x, half, op.epsilon);
      for_each_pair(half, [&](int n, int j) {
        x.low[n] = x.low[n] * inv * norm[j];
        x.high[n] = x.high[n] * inv * norm[j + half];
      });
    }
    const int64_t angles = op.positions[i] * half;
    x = rotate(x, op.cos + angles, op.sin + angles, T(1), half);
  }
  if (is_q) {
    const int64_t at = (i * op.heads + h) * op.head_dim;
    if (op.rounded_q) {
      store(x, op.rounded_q + at, half);
    } else {
      store(x, op.q + at, half);
    }
    return;
  }

  const int64_t block = op.slots[i] / kBlockTokens, column = op.slots[i] % kBlockTokens;
  const int64_t at = (block * op.kv_heads + (h - op.heads) % op.kv_heads) * op.head_dim * kBlockTokens;
  W* to = is_v ? op.values + at + column * op.head_dim : op.keys + at + column;
  const int64_t stride = is_v ? 1 : kBlockTokens;
  for_each_pair(half, [&](int n, int j) {
    to[j * stride] = narrow<W>(x.low[n]);
    to[(j + half) * stride] = narrow<W>(x.high[n]);
  });
}

// One block per `block_rows` rows, warps taking their heads in turn. Where there are norms, `partial` receives the
// block's gradient of q_norm and of k_norm: [blocks, 2, head_dim].
template <typename T>
__global__ void __launch_bounds__(kThreads) backward(RotaryBackward<T> op, int64_t block_rows, T* partial) {
  const int64_t turned_heads = op.heads + op.kv_heads, heads_in_row = turned_heads + op.kv_heads;
  const int64_t first_row = int64_t{blockIdx.x} * block_rows;
  const int64_t end = min(op.rows, first_row + block_rows) * heads_in_row;
  const int half = static_cast<int>(op.head_dim / 2), warp = threadIdx.x / kWarpSize;

  Head<T> dq_norm{}, dk_norm{};
  for (int64_t item = first_row * heads_in_row + warp; item < end; item += kWarps) {
    const auto within = static_cast<uint32_t>(item - first_row * heads_in_row);
    const int64_t i = first_row + within / static_cast<uint32_t>(heads_in_row), h = item - i * heads_in_row;
    const auto store_dx = [&](const Head<T>& dx) {
      if (op.rounded) {
        store(dx, op.rounded + item * op.head_dim, half);
      } else {
        store(dx, op.dqkv + item * op.head_dim, half);
      }
    };
    if (h >= turned_heads) {
      store_dx(load(op.dv + (i * op.kv_heads + h - turned_heads) * op.head_dim, half));
      continue;
    }
    const bool is_q = h < op.heads;
    const T* dy_at =
        is_q ? op.dq + (i * op.heads + h) * op.head_dim : op.dk + (i * op.kv_heads + h - op.heads) * op.head_dim;
    const int64_t angles = op.positions[i] * half;
    Head<T> dy = rotate(load(dy_at, half), op.cos + angles, op.sin + angles, T(-1), half);
    if (const T* norm = is_q ? op.q_norm : op.k_norm) {
      const Head<T> x = load(op.qkv + item * op.head_dim, half);
      const T inv = inverse_rms(x, half, op.epsilon);
      Head<T>& dnorm = is_q ? dq_norm : dk_norm;
      T along = 0;
      for_each_pair(half, [&](int n, int j) {
        dnorm.low[n] += dy.low[n] * (x.low[n] * inv);
        dnorm.high[n] += dy.high[n] * (x.high[n] * inv);
        dy.low[n] *= norm[j];
        dy.high[n] *= norm[j + half];
        along = fma(dy.low[n], x.low[n], fma(dy.high[n], x.high[n], along));
      });
      along = warp_reduce(along, Sum()) * inv * inv / (2 * half);
      for_each_pair(half, [&](int n, int) {
        dy.low[n] = inv * (dy.low[n] - x.low[n] * along);
        dy.high[n] = inv * (dy.high[n] - x.high[n] * along);
      });
    }
    store_dx(dy);
  }
  if (!partial) return;

  __shared__ T of_warp[kWarps][kMaxHeadDim];
  for (int which = 0; which < 2; ++which) {
    store(which == 0 ? dq_norm : dk_norm, of_warp[warp], half);
    __syncthreads();
    for (int d = threadIdx.x; d < 2 * half; d += kThreads) {
      T sum = 0;
      for (int w = 0; w < kWarps; ++w) sum += of_warp[w][d];
      partial[(int64_t{blockIdx.x} * 2 + which) * op.head_dim + d] = sum;
    }
    __syncthreads();
  }
}

// One thread per element of q_norm and k_norm, which goes through the blocks of the backward in order.
template <typename T>
__global__ void __launch_bounds__(kElementThreads)
    backward_norms(RotaryBackward<T> op, const T* partial, int64_t blocks) {
  const int64_t index = element_index();
  if (index >= 2 * op.head_dim) return;
  const int64_t d = index % op.head_dim;
  T* dnorm = index < op.head_dim ? op.dq_norm : op.dk_norm;
  if (!dnorm) return;
  T sum = dnorm[d];
#pragma unroll 8
  for (int64_t block = 0; block < blocks; ++block) sum += partial[block * 2 * op.head_dim + index];
  dnorm[d] = sum;
}

void check_head_dim(const char* name, int64_t head_dim) {
  if (head_dim % 2 != 0 || head_dim > kMaxHeadDim)
    throw std::runtime_error(std::string(name) + ": expected an even head_dim of at most " +
                             std::to_string(kMaxHeadDim) + ", got " + std::to_string(head_dim));
}

}  // namespace

template <typename W>
void RotaryForward<W>::run_cuda(cudaStream_t stream) const {
  check_head_dim("rotary forward", head_dim);
  const int64_t items = rows * (heads + 2 * kv_heads);
  if (items > INT32_MAX)
    throw std::runtime_error("rotary forward: expected at most 2147483647 heads of rows, got " + std::to_string(items));
  if (turns_packs<T>(rows, heads + 2 * kv_heads, head_dim, q_norm, k_norm, qkv, cos, sin, q, rounded_q, keys, values))
    return launch_following_elements("rotary forward", forward_packs<W, T>, items * (head_dim / 2 / Turn<T>::kSize),
                                     stream, *this);
  launch_blocks("rotary forward", forward<W, T>, Blocks{ceil_divide(items, kWarps), kThreads, 0, true}, stream, *this);
}

template <typename T>
void RotaryBackward<T>::run_cuda(cudaStream_t stream) const {
  check_head_dim("rotary backward", head_dim);
  if (turns_packs<T>(rows, heads + 2 * kv_heads, head_dim, q_norm, k_norm, dq, dk, dv, cos, sin, dqkv, rounded))
    return launch_elements("rotary backward", backward_packs<T>,
                           rows * (heads + 2 * kv_heads) * (head_dim / 2 / Turn<T>::kSize), stream, *this);
  const bool norms = rows > 0 && (dq_norm || dk_norm);
  const int64_t block_rows = norms ? kBackwardRows : 1, blocks = ceil_divide(rows, block_rows);
  const Scratch<T> partial(norms ? blocks * 2 * head_dim : 0, stream);
  launch_blocks("rotary backward", backward<T>, blocks, kThreads, stream, *this, block_rows, partial.data());
  if (norms)
    launch_elements("rotary backward norms", backward_norms<T>, 2 * head_dim, stream, *this, partial.data(), blocks);
}

template struct RotaryForward<float>;
template struct RotaryForward<bfloat16>;
template struct RotaryForward<double>;
template struct RotaryBackward<float>;
template struct RotaryBackward<double>;

}  // namespace cohort::kernels
