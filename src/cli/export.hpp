#pragma once

#include "src/cli/options.hpp"

namespace cohort::cli {

/// Writes a model as a Hugging Face directory or a .gguf file.
void export_model(const Arguments& arguments);

}  // namespace cohort::cli
