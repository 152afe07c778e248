// Philox4x32-10: a counter-based random generator. Draw n is a function of (key, counter), with no state between draws,
// so that a problem or a token comes out the same whatever was drawn before it, in which order, and on which device.
// J. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011. Plain C++17: CUDA kernels include it too.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define COHORT_HOST_DEVICE __host__ __device__
#else
#define COHORT_HOST_DEVICE
#endif

namespace cohort::random {

/// What is drawn at once: 4 independent uniform 32-bit words.
struct Philox4x32 {
  uint32_t words[4];
};

/// The 10-round bijection of a 128-bit counter under a 64-bit key. Equal to philox4x32 of Random123, words in order.
COHORT_HOST_DEVICE constexpr Philox4x32 philox4x32_10(Philox4x32 counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53u} * counter.words[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57u} * counter.words[2];
    counter =
        Philox4x32{{static_cast<uint32_t>(product1 >> 32) ^ counter.words[1] ^ key0, static_cast<uint32_t>(product1),
                    static_cast<uint32_t>(product0 >> 32) ^ counter.words[3] ^ key1, static_cast<uint32_t>(product0)}};
    key0 += 0x9E3779B9u;  // golden ratio
    key1 += 0xBB67AE85u;  // √3 − 1
  }
  return counter;
}

/// The same with 64-bit halves: `seed` is the key, (`stream`, `draw`) the counter.
COHORT_HOST_DEVICE constexpr Philox4x32 philox(uint64_t seed, uint64_t stream, uint64_t draw) {
  return philox4x32_10(Philox4x32{{static_cast<uint32_t>(draw), static_cast<uint32_t>(draw >> 32),
                                   static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)}},
                       static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
}

/// A word as a float in [0, 1): its upper 24 bits, all of which a float holds exactly.
COHORT_HOST_DEVICE constexpr float to_unit_float(uint32_t word) {
  return static_cast<float>(word >> 8) * (1.0f / 16777216.0f);
}

/// Two words as a double in [0, 1): 53 bits.
COHORT_HOST_DEVICE constexpr double to_unit_double(uint32_t high, uint32_t low) {
  const uint64_t bits = (static_cast<uint64_t>(high) << 32 | low) >> 11;
  return static_cast<double>(bits) * (1.0 / 9007199254740992.0);
}

/// The draws of one stream, one after the other. A value: copy it to fork it.
class Stream {
 public:
  COHORT_HOST_DEVICE constexpr Stream(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  COHORT_HOST_DEVICE constexpr uint32_t next() {
    const uint32_t lane = static_cast<uint32_t>(num_drawn_ & 3);
    if (lane == 0) block_ = philox(seed_, stream_, num_drawn_ >> 2);
    ++num_drawn_;
    return block_.words[lane];
  }
  COHORT_HOST_DEVICE constexpr uint64_t next64() {
    const uint64_t high = next();
    return high << 32 | next();
  }

  /// Uniform in [low, high], without bias: draws that would favour small values are thrown away.
  COHORT_HOST_DEVICE constexpr int64_t uniform(int64_t low, int64_t high) {
    const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;  // 0: all 2⁶⁴
    uint64_t word = next64();
    if (range == 0) return static_cast<int64_t>(word);
    const uint64_t reject_below = (0 - range) % range;  // 2⁶⁴ mod range
    while (word < reject_below) word = next64();
    return static_cast<int64_t>(static_cast<uint64_t>(low) + word % range);
  }

 private:
  uint64_t seed_;
  uint64_t stream_;
  uint64_t num_drawn_ = 0;
  Philox4x32 block_{};
};

}  // namespace cohort::random
