// The formats that open_weights chooses from.
#pragma once

#include <filesystem>
#include <memory>

#include "src/models/weight_source.hpp"

namespace cohort::models {

std::unique_ptr<WeightSource> open_hugging_face_weights(const std::filesystem::path& directory);
std::unique_ptr<WeightSource> open_gguf_weights(const std::filesystem::path& file);

}  // namespace cohort::models
