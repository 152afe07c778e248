#include "kernels/adamw_compact.hpp"

#include <algorithm>

#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

template <typename W>
void AdamWCompact<W>::run_cpu() const {
  const int64_t blocks = (n + kMomentBlock - 1) / kMomentBlock;
  parallel_for(blocks, 64, [&](int64_t begin, int64_t end) {
    float first[kMomentBlock], second[kMomentBlock];
    for (int64_t block = begin; block < end; ++block) {
      const int64_t from = block * kMomentBlock, count = std::min(kMomentBlock, n - from);
      float m_scale = 0, v_scale = 0;
      for (int64_t k = 0; k < count; k += 8) {
        const random::Philox4x32 bits = weight_bits((from + k) / 8);
        for (int64_t i = k; i < std::min(k + 8, count); ++i) {
          const float value = update(from + i, first[i], second[i]);
          store_value(from + i, value, random16_of(bits, static_cast<int>(i - k)));
          m_scale = std::max(m_scale, fabsf(first[i]));
          v_scale = std::max(v_scale, second[i]);
        }
      }
      for (int64_t k = 0; k < count; k += 8) {
        const random::Philox4x32 bits = code_bits((from + k) / 8);
        for (int64_t i = k; i < std::min(k + 8, count); ++i)
          store_moments(from + i, first[i], second[i], m_scale, v_scale, random16_of(bits, static_cast<int>(i - k)));
      }
      if (m_scales) m_scales[block] = m_scale, v_scales[block] = v_scale;
    }
  });
}

template struct AdamWCompact<float>;
template struct AdamWCompact<bfloat16>;
template struct AdamWCompact<double>;

}  // namespace cohort::kernels
