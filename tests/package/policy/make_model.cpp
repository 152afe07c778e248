// Writes a new tiny character model as a Hugging Face directory: what loop.cpp is given here instead of a real one.
// Before, it counts the CUDA devices, for which cohort's CUDA half must be found from where it was installed.
#include <cohort/cohort.hpp>
#include <cohort/device.hpp>

int main(int, char** argv) {
  if (cohort::num_cuda_devices() < 0) return 1;
  const auto tokenizer = cohort::Tokenizer::characters(
      "\n 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;!?+-*/=()<>[]{}'\"#$%&@^_`~|\\");
  cohort::ModelConfig config;
  config.architecture = "LlamaForCausalLM";
  config.vocab_size = tokenizer.vocab_size();
  config.hidden_size = 32;
  config.intermediate_size = 64;
  config.num_layers = 2;
  config.num_heads = 4;
  config.num_kv_heads = 2;
  config.head_dim = 8;
  config.max_position = 512;
  config.tied_embeddings = true;
  cohort::save_policy(cohort::Policy(config, {.seed = 1}), tokenizer, argv[1]);
}
