#include "kernels/rotary.hpp"

#include "kernels/cpu/operand.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {
namespace {

// Scratch slots.
enum Slot { kGradients = 3, kNormed, kTurned, kNormedGradients, kInverses };

template <typename W, typename T>
W narrow(T value) {
  if constexpr (std::is_same_v<W, bfloat16>) {
    return to_bfloat16(value);
  } else {
    return value;
  }
}

// One head: norm if there is one, then rotation.
template <typename T>
void turn_head(const T* x, const T* norm, const T* cos, const T* sin, T* y, int64_t head_dim, T epsilon) {
  const RowFunctions<T>& rows = row_functions<T>();
  if (norm) {
    T* normed = scratch<T>(kNormed, head_dim);
    rows.rms_norm(x, norm, normed, head_dim, epsilon);
    x = normed;
  }
  rows.rope(x, y, cos, sin, T(1), head_dim / 2);
}

// Gradient of one head before rotation and norm. `inv` receives 1 / rms for the weight's gradient.
template <typename T>
void turn_head_back(const T* dy, const T* x, const T* norm, const T* cos, const T* sin, T* dx, T* dnormed, T* inv,
                    int64_t head_dim, T epsilon) {
  const RowFunctions<T>& rows = row_functions<T>();
  if (!norm) return rows.rope(dy, dx, cos, sin, T(-1), head_dim / 2);
  rows.rope(dy, dnormed, cos, sin, T(-1), head_dim / 2);
  *inv = rows.rms_norm(x, norm, scratch<T>(kNormed, head_dim), head_dim, epsilon);
  for (int64_t j = 0; j < head_dim; ++j) dx[j] = 0;
  rows.rms_norm_backward(dnormed, x, norm, *inv, dx, head_dim);
}

}  // namespace

template <typename W>
void RotaryForward<W>::run_cpu() const {
  const int64_t half = head_dim / 2, width = (heads + 2 * kv_heads) * head_dim;
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    T* turned = scratch<T>(kTurned, head_dim);
    for (int64_t i = begin; i < end; ++i) {
      const T* row = qkv + i * width;
      const T *c = cos + positions[i] * half, *s = sin + positions[i] * half;
      const int64_t block = slots[i] / kBlockTokens, column = slots[i] % kBlockTokens;
      // Sums over tokens go by pairs: the last token's partner is multiplied by zero, and must be a number.
      const bool lacks_partner =
          kCacheGroup<W> == 2 && column % 2 == 0 && (i + 1 == rows || slots[i + 1] != slots[i] + 1);
      for (int64_t h = 0; h < heads; ++h)
        turn_head(row + h * head_dim, q_norm, c, s, q + (i * heads + h) * head_dim, head_dim, epsilon);
      for (int64_t h = 0; h < kv_heads; ++h) {
        turn_head(row + (heads + h) * head_dim, k_norm, c, s, turned, head_dim, epsilon);
        const int64_t head = (block * kv_heads + h) * head_dim * kBlockTokens;
        W* key = keys + head;
        for (int64_t d = 0; d < head_dim; ++d) key[key_index<W>(d, column)] = narrow<W>(turned[d]);
        const T* v = row + (heads + kv_heads + h) * head_dim;
        W* value = values + head + value_index<W>(0, column, head_dim);
        for (int64_t d = 0; d < head_dim; ++d) value[d * kCacheGroup<W>] = narrow<W>(v[d]);
        if (lacks_partner)
          for (int64_t d = 0; d < head_dim; ++d) value[d * kCacheGroup<W> + 1] = W{};
      }
    }
  });
}

template <typename T>
void RotaryBackward<T>::run_cpu() const {
  const int64_t half = head_dim / 2, turned_heads = heads + kv_heads, width = (turned_heads + kv_heads) * head_dim;
  // Gradients of the norm weights are sums over rows and heads: kept apart first, added in order by one thread.
  const bool norms = q_norm != nullptr;
  T* dnormed = norms ? scratch<T>(kNormedGradients, rows * turned_heads * head_dim) : nullptr;
  T* inv = norms ? scratch<T>(kInverses, rows * turned_heads) : nullptr;
  parallel_for(rows, 8, [&](int64_t begin, int64_t end) {
    T* const apart = rounded ? scratch<T>(kGradients, width) : nullptr;
    for (int64_t i = begin; i < end; ++i) {
      const T *c = cos + positions[i] * half, *s = sin + positions[i] * half;
      T* const row = apart ? apart : dqkv + i * width;
      for (int64_t h = 0; h < turned_heads; ++h) {
        const bool is_q = h < heads;
        const T* dy = is_q ? dq + (i * heads + h) * head_dim : dk + (i * kv_heads + h - heads) * head_dim;
        const int64_t head = i * turned_heads + h, at = h * head_dim;
        turn_head_back(dy, norms ? qkv + i * width + at : nullptr, is_q ? q_norm : k_norm, c, s, row + at,
                       norms ? dnormed + head * head_dim : nullptr, norms ? inv + head : nullptr, head_dim, epsilon);
      }
      std::copy_n(dv + i * kv_heads * head_dim, kv_heads * head_dim, row + turned_heads * head_dim);
      if constexpr (std::is_same_v<T, float>) {
        if (apart) round_to<bfloat16>(apart, rounded + i * width, width);
      }
    }
  });
  if (!norms) return;
  const auto weight_grad = row_functions<T>().rms_norm_weight_grad;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t h = 0; h < turned_heads; ++h) {
      const int64_t head = i * turned_heads + h;
      weight_grad(dnormed + head * head_dim, qkv + i * width + h * head_dim, inv[head], h < heads ? dq_norm : dk_norm,
                  head_dim);
    }
}

template struct RotaryForward<float>;
template struct RotaryForward<bfloat16>;
template struct RotaryForward<double>;
template struct RotaryBackward<float>;
template struct RotaryBackward<double>;

}  // namespace cohort::kernels
