// GGML's block formats, widened to float32.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cohort::models {

struct GgmlType {
  uint32_t id;
  std::string_view name;  // "Q4_1"
  uint32_t elements;      // of a block
  uint32_t bytes;         // of a block
};

/// nullopt where cohort does not read the type.
std::optional<GgmlType> ggml_type(uint32_t id);

/// Writes num_blocks · type.elements floats: bit for bit what gguf.quants.dequantize of the PyPI package gives.
void dequantize(const GgmlType& type, const uint8_t* blocks, uint64_t num_blocks, float* out);

}  // namespace cohort::models
