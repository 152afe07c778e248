// The model that GGUF metadata describes.
#pragma once

#include <vector>

#include "cohort/model_config.hpp"
#include "src/models/gguf.hpp"

namespace cohort::models {

/// Its source_json is a complete config.json. `where` is named in errors.
ModelConfig read_gguf_config(const GgufFile& file, const std::string& where);

/// What a file of llama3's RoPE holds as rope_freqs.weight: [head_dim / 2] divisors of the frequencies.
std::vector<float> llama3_divisors(const RopeConfig& rope, int64_t head_dim);

}  // namespace cohort::models
