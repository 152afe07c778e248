// What transformers' encode() puts around a text.
#pragma once

#include <cstdint>
#include <vector>

#include "src/tokenizer/description.hpp"

namespace cohort::tokenizer {

struct Affixes {
  std::vector<int64_t> prefix, suffix;  // BOS and EOS where the checkpoint adds them
};

/// Throws Error naming a type that is not supported.
Affixes affixes_of(const Json& post_processor);

/// The TemplateProcessing component that adds what is given; null where that is nothing.
Json template_processing(const std::optional<std::pair<std::string, int64_t>>& prefix,
                         const std::optional<std::pair<std::string, int64_t>>& suffix);

}  // namespace cohort::tokenizer
