#include "src/cli/fresh_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace cohort::cli {
namespace {

namespace fs = std::filesystem;

/// As many printable characters as the vocabulary has room for besides the end-of-text token: the line break, digits,
/// small letters and the space first, so that a small vocabulary can still say something.
std::string printable(int64_t vocab_size) {
  std::string characters = "\n 0123456789abcdefghijklmnopqrstuvwxyz";
  for (char c = '!'; c <= '~'; ++c)
    if (characters.find(c) == std::string::npos) characters += c;
  return characters.substr(0, static_cast<size_t>(std::max<int64_t>(1, vocab_size - 1)));
}

}  // namespace

Tokenizer fresh_tokenizer(const FreshModelOptions& options, int64_t vocab_size) {
  if (!options.alphabet.empty()) return Tokenizer::characters(options.alphabet);
  if (!options.tokenizer.empty()) return Tokenizer::load(options.tokenizer);
  const fs::path folder = fs::absolute(options.config).parent_path();
  if (fs::exists(folder / "tokenizer.json")) return Tokenizer::load(folder);
  return Tokenizer::characters(printable(vocab_size));
}

Model fresh_model(const FreshModelOptions& options) {
  if (!options.alphabet.empty() && !options.tokenizer.empty())
    throw UsageError("give an alphabet or a tokenizer, not both");
  for (const std::string& file : {options.config, options.tokenizer})
    if (!file.empty() && !fs::exists(file)) throw UsageError(fmt::format("{}: no such file or directory", file));
  const ModelConfig config = read_model_config(options.config);
  Tokenizer tokenizer = fresh_tokenizer(options, config.vocab_size);
  if (tokenizer.vocab_size() > config.vocab_size)
    throw UsageError(fmt::format("{}: vocab_size {} is too small: the tokenizer has {} tokens", options.config,
                                 config.vocab_size, tokenizer.vocab_size()));
  Policy policy(config, {.dtype = parse_dtype(options.dtype),
                         .device = parse_device("device", options.device),
                         .seed = static_cast<uint64_t>(options.seed),
                         .activation_checkpointing = options.activation_checkpointing});
  return {std::move(policy), std::move(tokenizer)};
}

}  // namespace cohort::cli
