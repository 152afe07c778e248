// A new model from a config.json, and the tokenizer it is to have.
#pragma once

#include <cstdint>
#include <string>

#include "src/cli/model.hpp"

namespace cohort::cli {

struct FreshModelOptions {
  std::string config;     // a Hugging Face config.json
  std::string alphabet;   // characters, one token each
  std::string tokenizer;  // or a model whose tokenizer to take; neither: beside the config, else printable ASCII
  std::string dtype = "float32";
  std::string device = "cpu";
  int64_t seed = 0;
  ActivationCheckpointing activation_checkpointing = ActivationCheckpointing::none;
};

/// The tokenizer of a model with a vocabulary of this size.
Tokenizer fresh_tokenizer(const FreshModelOptions& options, int64_t vocab_size);

/// Throws UsageError if alphabet and tokenizer are both given, a file is missing, or the tokenizer has more tokens
/// than the config's vocabulary.
Model fresh_model(const FreshModelOptions& options);

}  // namespace cohort::cli
