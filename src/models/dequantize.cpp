// Compiled with -ffp-contract=off: one rounding more or less, and the weights are others.
#include "src/models/dequantize.hpp"

#include <cstring>

#include "src/models/half.hpp"

namespace cohort::models {
namespace {

enum : uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  BF16 = 30
};

constexpr GgmlType types[] = {{F32, "F32", 1, 4},       {F16, "F16", 1, 2},       {Q4_0, "Q4_0", 32, 18},
                              {Q4_1, "Q4_1", 32, 20},   {Q5_0, "Q5_0", 32, 22},   {Q5_1, "Q5_1", 32, 24},
                              {Q8_0, "Q8_0", 32, 34},   {Q4_K, "Q4_K", 256, 144}, {Q5_K, "Q5_K", 256, 176},
                              {Q6_K, "Q6_K", 256, 210}, {BF16, "BF16", 1, 2}};

uint16_t u16(const uint8_t* from) {
  uint16_t value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

float f16(const uint8_t* from) { return float16_to_float(u16(from)); }

void f32_block(const uint8_t* block, float* y) { std::memcpy(y, block, sizeof(float)); }
void f16_block(const uint8_t* block, float* y) { *y = f16(block); }
void bf16_block(const uint8_t* block, float* y) { *y = bfloat16_to_float(u16(block)); }

// d; qs[16]
void q4_0_block(const uint8_t* block, float* y) {
  const float d = f16(block);
  const uint8_t* qs = block + 2;
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>((qs[j] & 15) - 8) * d;
    y[j + 16] = static_cast<float>((qs[j] >> 4) - 8) * d;
  }
}

// d, m; qs[16]
void q4_1_block(const uint8_t* block, float* y) {
  const float d = f16(block), m = f16(block + 2);
  const uint8_t* qs = block + 4;
  for (int j = 0; j < 16; ++j) {
    y[j] = static_cast<float>(qs[j] & 15) * d + m;
    y[j + 16] = static_cast<float>(qs[j] >> 4) * d + m;
  }
}

/// Element j of a block of 32 five-bit numbers: four bits in qs, the fifth in bit j of qh.
int five_bits(const uint8_t* qh, const uint8_t* qs, int j) {
  const int nibble = j < 16 ? qs[j] & 15 : qs[j - 16] >> 4;
  return nibble | ((qh[j / 8] >> (j % 8)) & 1) << 4;
}

// d; qh u32; qs[16]
void q5_0_block(const uint8_t* block, float* y) {
  const float d = f16(block);
  for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(five_bits(block + 2, block + 6, j) - 16) * d;
}

// d, m; qh u32; qs[16]
void q5_1_block(const uint8_t* block, float* y) {
  const float d = f16(block), m = f16(block + 2);
  for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(five_bits(block + 4, block + 8, j)) * d + m;
}

// d; i8 qs[32]
void q8_0_block(const uint8_t* block, float* y) {
  const float d = f16(block);
  for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(static_cast<int8_t>(block[2 + j])) * d;
}

struct ScaleMin {
  int scale, min;
};

/// Pair j of eight: six bits each, packed in 12 bytes.
ScaleMin scale_min(const uint8_t* s, int j) {
  if (j < 4) return {s[j] & 63, s[j + 4] & 63};
  return {(s[j + 4] & 15) | (s[j - 4] >> 6) << 4, (s[j + 4] >> 4) | (s[j] >> 6) << 4};
}

// d, dmin; scales[12]; qs[128]
void q4_k_block(const uint8_t* block, float* y) {
  const float d = f16(block), dmin = f16(block + 2);
  const uint8_t *scales = block + 4, *qs = block + 16;
  for (int group = 0; group < 8; ++group) {
    const ScaleMin s = scale_min(scales, group);
    const float scale = d * static_cast<float>(s.scale), min = dmin * static_cast<float>(s.min);
    for (int l = 0; l < 32; ++l) {
      const uint8_t pair = qs[group / 2 * 32 + l];
      y[group * 32 + l] = scale * static_cast<float>(group % 2 ? pair >> 4 : pair & 15) - min;
    }
  }
}

// d, dmin; scales[12]; qh[32]; qs[128]
void q5_k_block(const uint8_t* block, float* y) {
  const float d = f16(block), dmin = f16(block + 2);
  const uint8_t *scales = block + 4, *qh = block + 16, *qs = block + 48;
  for (int group = 0; group < 8; ++group) {
    const ScaleMin s = scale_min(scales, group);
    const float scale = d * static_cast<float>(s.scale), min = dmin * static_cast<float>(s.min);
    for (int l = 0; l < 32; ++l) {
      const uint8_t pair = qs[group / 2 * 32 + l];
      const int q = (group % 2 ? pair >> 4 : pair & 15) + ((qh[l] >> group) & 1) * 16;
      y[group * 32 + l] = scale * static_cast<float>(q) - min;
    }
  }
}

// ql[128]; qh[64]; i8 scales[16]; d
void q6_k_block(const uint8_t* block, float* y) {
  const float d = f16(block + 208);
  for (int half = 0; half < 2; ++half) {
    const uint8_t *ql = block + half * 64, *qh = block + 128 + half * 32, *scales = block + 192 + half * 8;
    for (int quarter = 0; quarter < 4; ++quarter)
      for (int l = 0; l < 32; ++l) {
        const uint8_t low = ql[l + quarter % 2 * 32];
        const int q = (quarter < 2 ? low & 15 : low >> 4) | ((qh[l] >> (2 * quarter)) & 3) << 4;
        const float scale = d * static_cast<float>(static_cast<int8_t>(scales[l / 16 + 2 * quarter]));
        y[half * 128 + quarter * 32 + l] = scale * static_cast<float>(q - 32);
      }
  }
}

using Block = void (*)(const uint8_t*, float*);

Block block_function(uint32_t id) {
  switch (id) {
    case F32:
      return f32_block;
    case F16:
      return f16_block;
    case BF16:
      return bf16_block;
    case Q4_0:
      return q4_0_block;
    case Q4_1:
      return q4_1_block;
    case Q5_0:
      return q5_0_block;
    case Q5_1:
      return q5_1_block;
    case Q8_0:
      return q8_0_block;
    case Q4_K:
      return q4_k_block;
    case Q5_K:
      return q5_k_block;
    default:
      return q6_k_block;
  }
}

}  // namespace

std::optional<GgmlType> ggml_type(uint32_t id) {
  for (const GgmlType& type : types)
    if (type.id == id) return type;
  return {};
}

void dequantize(const GgmlType& type, const uint8_t* blocks, uint64_t num_blocks, float* out) {
  // Blocks of one element: a call for each takes longer than the file.
  if (type.id == F32) return void(std::memcpy(out, blocks, num_blocks * sizeof(float)));
  if (type.id == BF16) {
    for (uint64_t i = 0; i < num_blocks; ++i) out[i] = bfloat16_to_float(u16(blocks + 2 * i));
    return;
  }
  const Block block = block_function(type.id);
  for (uint64_t i = 0; i < num_blocks; ++i) block(blocks + i * type.bytes, out + i * type.elements);
}

}  // namespace cohort::models
