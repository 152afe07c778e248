#include "src/cli/model.hpp"

#include <fmt/format.h>

#include <vector>

#include "cohort/device.hpp"
#include "cohort/threads.hpp"
#include "src/models/policy_state.hpp"

namespace cohort::cli {
namespace {

const std::vector<std::string> kDtypes = {"float32", "bfloat16"};

std::unique_ptr<ReadAhead> begun;  // by the program that opened this library, for whoever loads a model first

Model checked(const std::filesystem::path& path, Model model) {
  if (model.tokenizer.vocab_size() > model.policy.config().vocab_size)
    throw UsageError(fmt::format("{}: the tokenizer has {} tokens, the model only {}", path.string(),
                                 model.tokenizer.vocab_size(), model.policy.config().vocab_size));
  return model;
}

}  // namespace

c10::Device parse_device(const std::string& option, const std::string& text) {
  if (text == "cpu") return c10::kCPU;
  const std::string digits = text.starts_with("cuda:") ? text.substr(5) : "0";
  const auto index = parse_integer(digits);
  const bool is_cuda = (text == "cuda" || text.starts_with("cuda:")) && index && *index >= 0;
  if (!is_cuda) throw UsageError(fmt::format("{}: expected cpu, cuda or cuda:N, got \"{}\"", option, text));
  const int64_t count = num_cuda_devices();
  if (*index >= count)
    throw UsageError(
        fmt::format("{}: there is no {}: this machine and build have {} CUDA devices", option, text, count));
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(*index));
}

at::ScalarType parse_dtype(const std::string& text) { return text == "bfloat16" ? at::kBFloat16 : at::kFloat; }

std::filesystem::path model_path(const Arguments& arguments) {
  if (!arguments.has("model")) throw UsageError("--model is missing: a Hugging Face directory or a .gguf file");
  const std::filesystem::path path = arguments.text("model");
  if (!std::filesystem::exists(path))
    throw UsageError(fmt::format("--model: no such file or directory: {}", path.string()));
  return path;
}

void use_threads(const Arguments& arguments) {
  if (arguments.has("threads")) set_num_threads(arguments.integer("threads", 0, 1, 1024));
}

Model load_model(const Arguments& arguments, Precision precision) {
  const PolicyOptions options = {.dtype = parse_dtype(arguments.choice("dtype", "float32", kDtypes)),
                                 .device = parse_device("--device", arguments.text("device", "cpu")),
                                 .packed_only = !is_eight_bits(precision)};
  use_threads(arguments);
  return load_model(model_path(arguments), options);
}

void use_read_ahead(std::unique_ptr<ReadAhead> ahead) { begun = std::move(ahead); }

Model load_model(const std::filesystem::path& path, PolicyOptions options) {
  // The tokenizer first: half of what can be wrong is wrong with it.
  if (options.packed_only && options.device.is_cpu()) {
    const bool in_bfloat16 = options.dtype == at::kBFloat16;
    std::unique_ptr<ReadAhead> ahead = std::move(begun);
    if (!ahead || !ahead->is_of(path, in_bfloat16)) ahead = std::make_unique<ReadAhead>(path, in_bfloat16);
    Tokenizer tokenizer = ahead->tokenizer();
    return checked(path, {policy_from(ahead->weights(), options), std::move(tokenizer)});
  }
  Tokenizer tokenizer = Tokenizer::load(path);
  return checked(path, {load_policy(path, options), std::move(tokenizer)});
}

void check_tokens(const ModelConfig& config, std::span<const int64_t> tokens, int64_t room) {
  if (tokens.empty()) throw UsageError("expected at least one token, got none");
  const auto size = static_cast<int64_t>(tokens.size());
  if (size + room > config.max_position)
    throw UsageError(fmt::format("{} tokens are too many for the model's context of {}", size, config.max_position));
  for (const int64_t token : tokens)
    if (token < 0 || token >= config.vocab_size)
      throw UsageError(fmt::format("token {}: expected 0 to {}", token, config.vocab_size - 1));
}

}  // namespace cohort::cli
