#include <ATen/core/Tensor.h>

#include <deque>

#include "cohort/error.hpp"
#include "cohort/policy.hpp"
#include "src/models/atomic_write.hpp"
#include "src/models/weight_source.hpp"

namespace cohort {
namespace {

// The weights where a writer can read them. `storage` keeps host copies alive.
std::vector<models::OutputTensor> output_tensors(const Policy& policy, std::deque<at::Tensor>& storage) {
  const bool is_bfloat16 = policy.options().dtype == at::kBFloat16;
  std::vector<models::OutputTensor> tensors;
  for (const Parameter& parameter : policy.parameters()) {
    const at::Tensor& host =
        storage.emplace_back(parameter.value.cpu().to(is_bfloat16 ? at::kBFloat16 : at::kFloat).contiguous());
    tensors.push_back({parameter.name, is_bfloat16 ? "BF16" : "F32", host.sizes().vec(), host.data_ptr()});
  }
  return tensors;
}

std::string generation_config(const ModelConfig& config) {
  std::string eos;
  for (const int64_t token : config.eos_tokens) eos += fmt::format("{}{}", eos.empty() ? "" : ", ", token);
  return config.eos_tokens.empty() ? "{}\n" : fmt::format("{{\n  \"eos_token_id\": [{}]\n}}\n", eos);
}

}  // namespace

void save_policy(const Policy& policy, const Tokenizer& tokenizer, const std::filesystem::path& target) {
  const std::string dtype = policy.options().dtype == at::kBFloat16 ? "bfloat16" : "float32";
  std::deque<at::Tensor> storage;
  std::vector<models::OutputTensor> tensors = output_tensors(policy, storage);
  ModelConfig config = policy.config();
  if (config.eos_tokens.empty())
    config.eos_tokens.assign(tokenizer.stop_tokens().begin(), tokenizer.stop_tokens().end());

  if (target.extension() == ".gguf") {
    // The writer reads the tokenizer as Hugging Face files: they live only as long as it needs them.
    const std::filesystem::path beside = target.string() + ".tokenizer";
    models::AtomicDirectory files(beside, "tokenizer.json");
    tokenizer.save(files.path());
    return models::write_gguf(target, config, std::move(tensors), files.path());
  }
  models::AtomicDirectory directory(target, "config.json");
  models::write_safetensors(directory.path() / "model.safetensors", std::move(tensors));
  models::write_file_atomically(directory.path() / "config.json", to_config_json(config, dtype));
  models::write_file_atomically(directory.path() / "generation_config.json", generation_config(config));
  tokenizer.save(directory.path());
  directory.commit();
}

}  // namespace cohort
