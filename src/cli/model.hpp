// A model as commands name it: --model, --device, --dtype, --threads.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "cohort/policy.hpp"
#include "cohort/tokenizer.hpp"
#include "src/cli/options.hpp"
#include "src/cli/read_ahead.hpp"

namespace cohort::cli {

struct Model {
  Policy policy;
  Tokenizer tokenizer;
};

/// "cpu", "cuda" or "cuda:N". Throws UsageError, naming `option`, for anything else and for a device that is not here.
c10::Device parse_device(const std::string& option, const std::string& text);

/// "float32" or "bfloat16".
at::ScalarType parse_dtype(const std::string& text);

/// The value of --model. Throws UsageError if it is missing or does not exist.
std::filesystem::path model_path(const Arguments& arguments);

/// Applies --threads.
void use_threads(const Arguments& arguments);

/// For the first load_model() of what it reads.
void use_read_ahead(std::unique_ptr<ReadAhead> ahead);

/// Loads --model as --device and --dtype say, to be sampled from with `precision` and scored, and applies --threads.
Model load_model(const Arguments& arguments, Precision precision = Precision::exact);
Model load_model(const std::filesystem::path& path, PolicyOptions options);

/// Throws UsageError if there is nothing in `tokens`, an id that the model does not have, or no room in its context
/// for `room` more.
void check_tokens(const ModelConfig& config, std::span<const int64_t> tokens, int64_t room);

}  // namespace cohort::cli
