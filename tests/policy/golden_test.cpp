// Models that transformers and gguf wrote, and what transformers computes with them: see tests/golden/README.md.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cohort/batch.hpp"
#include "cohort/loss.hpp"
#include "cohort/policy.hpp"
#include "cohort/rollout.hpp"
#include "cohort/tokenizer.hpp"
#include "support/temporary_folder.hpp"

using namespace cohort;
using cohort::testing::TemporaryFolder;
namespace fs = std::filesystem;
using Json = nlohmann::json;
using Tokens = std::vector<int64_t>;

namespace {

const std::vector<std::string> safetensors_models = {
    "llama", "smollm",    "smollm_sharded",  "smollm_linear",        "qwen2", "qwen3", "llama_gelu",
    "gemma", "qwen3_moe", "qwen3_moe_plain", "qwen3_moe_plain_fused"};
const std::vector<std::string> gguf_models = {"llama_gguf", "qwen2_gguf", "qwen3_gguf", "gemma_gguf", "qwen3moe_gguf"};

std::vector<std::string> all_models() {
  std::vector<std::string> names = safetensors_models;
  names.insert(names.end(), gguf_models.begin(), gguf_models.end());
  return names;
}

fs::path folder(const std::string& name) { return fs::path(COHORT_SOURCE_DIR) / "tests/golden/models" / name; }

Policy load(const std::string& name, at::ScalarType dtype = at::kFloat) {
  return load_policy(name.ends_with("_gguf") ? folder(name) / "model.gguf" : folder(name), {.dtype = dtype});
}

Json expected(const std::string& name) {
  const bool is_other_file = name == "smollm_sharded" || name == "qwen3_moe_plain_fused";  // of the same weights
  std::ifstream file(folder(is_other_file ? name.substr(0, name.rfind('_')) : name) / "expected.json");
  REQUIRE(file);
  return Json::parse(file);
}

at::Tensor to_tensor(const Json& numbers) {
  const auto values = numbers.get<std::vector<float>>();
  return at::tensor(values);
}

double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// One group per sequence: its first tokens as the prompt, the others as a completion.
std::vector<Group> as_groups(const Json& sequences, const Tokens& prompt_tokens) {
  std::vector<Group> groups;
  for (size_t s = 0; s < sequences.size(); ++s) {
    const auto tokens = sequences[s].get<Tokens>();
    const auto middle = tokens.begin() + prompt_tokens[s];
    Group& group = groups.emplace_back();
    group.prompt_tokens.assign(tokens.begin(), middle);
    Completion& completion = group.completions.emplace_back();
    completion.tokens.assign(middle, tokens.end());
    completion.logprobs.assign(completion.tokens.size(), 0.0f);
  }
  return groups;
}

std::vector<PackedBatch> as_batches(const Json& sequences, const Tokens& prompt_tokens, int64_t max_tokens) {
  const auto groups = as_groups(sequences, prompt_tokens);
  return pack(groups, GroupArray::Zero(static_cast<Eigen::Index>(groups.size()), 1), max_tokens, at::kCPU);
}

/// The mean cross-entropy of the completions, its gradients added to the policy's.
double cross_entropy(Policy& policy, const std::vector<PackedBatch>& batches) {
  int64_t step_tokens = 0, step_sequences = 0;
  for (const PackedBatch& batch : batches) {
    step_tokens += batch.targets.size(0);
    step_sequences += batch.cu_completions.size(0) - 1;
  }
  const LossFn loss_fn = sft_loss();
  double total = 0;
  for (const PackedBatch& batch : batches) {
    const TokenScores scores = policy.score(batch);
    const LossOutput out = loss_fn({.logprobs = scores.logprobs,
                                    .entropy = scores.entropy,
                                    .old_logprobs = batch.old_logprobs,
                                    .ref_logprobs = {},
                                    .advantages = batch.advantages,
                                    .cu_completions = batch.cu_completions,
                                    .step_tokens = step_tokens,
                                    .step_sequences = step_sequences});
    out.loss.backward();
    total += out.loss.item<double>();
  }
  return total;
}

/// 160 code points less the end-of-text token that Tokenizer::characters adds: as many ids as the golden models have.
Tokenizer golden_tokenizer() {
  std::string alphabet;
  for (int c = 0x100; c < 0x100 + 159; ++c) {
    alphabet += static_cast<char>(0xC0 | c >> 6);
    alphabet += static_cast<char>(0x80 | (c & 0x3F));
  }
  return Tokenizer::characters(alphabet);
}

}  // namespace

TEST_CASE("float32 logits are those of transformers") {
  for (const std::string& name : all_models()) {
    CAPTURE(name);
    Policy policy = load(name);
    const Json golden = expected(name);
    for (size_t s = 0; s < golden["sequences"].size(); ++s) {
      const auto tokens = golden["sequences"][s].get<Tokens>();
      const at::Tensor logits = policy.logits(tokens);
      REQUIRE(logits.sizes() == at::IntArrayRef{static_cast<int64_t>(tokens.size()), policy.config().vocab_size});
      // float32 rounding of sums of up to 96 terms, over two layers, in another order.
      CHECK(max_difference(logits.flatten(), to_tensor(golden["logits"][s])) < 2e-5);
    }
  }
}

TEST_CASE("bfloat16 logits are near those of transformers in float32") {
  for (const std::string& name : all_models()) {
    CAPTURE(name);
    Policy policy = load(name, at::kBFloat16);
    const Json golden = expected(name);
    for (size_t s = 0; s < golden["sequences"].size(); ++s) {
      const at::Tensor reference = to_tensor(golden["logits"][s]);
      const at::Tensor logits = policy.logits(golden["sequences"][s].get<Tokens>());
      // 8 bits of mantissa: 0.4 % of the largest logit at each of about ten roundings.
      CHECK(max_difference(logits.flatten(), reference) < 3e-2 * reference.abs().max().item<double>());
    }
  }
}

TEST_CASE("a packed batch gives each token the log-probability that transformers gives it alone") {
  for (const std::string& name : all_models()) {
    CAPTURE(name);
    Policy policy = load(name);
    const Json golden = expected(name);
    const auto batches = as_batches(golden["sequences"], {1, 1}, 1000);
    REQUIRE(batches.size() == 1);
    const at::Tensor logprobs = policy.score(batches[0]).logprobs.detach();
    const at::Tensor reference = at::cat({to_tensor(golden["logprobs"][0]), to_tensor(golden["logprobs"][1])});
    REQUIRE(logprobs.sizes() == reference.sizes());
    CHECK(max_difference(logprobs, reference) < 2e-5);
  }
}

TEST_CASE("the entropy of a packed batch is that of transformers' logits") {
  for (const std::string& name : all_models()) {
    CAPTURE(name);
    Policy policy = load(name);
    const Json golden = expected(name);
    const auto batches = as_batches(golden["sequences"], {1, 1}, 1000);
    std::vector<at::Tensor> rows;
    for (const Json& logits : golden["logits"]) {
      const at::Tensor sequence = to_tensor(logits).view({-1, policy.config().vocab_size});
      rows.push_back(sequence.narrow(0, 0, sequence.size(0) - 1));  // the last position predicts nothing
    }
    const at::Tensor logprobs = at::cat(rows).to(at::kDouble).log_softmax(-1);
    const at::Tensor entropy = -(logprobs.exp() * logprobs).sum(-1);
    CHECK(max_difference(policy.score(batches[0]).entropy.detach(), entropy) < 2e-5);
  }
}

TEST_CASE("greedy decoding gives transformers' tokens") {
  const Tokenizer tokenizer = golden_tokenizer();
  for (const std::string& name : all_models()) {
    CAPTURE(name);
    Policy policy = load(name);
    const Json greedy = expected(name)["greedy"];
    const auto tokens = greedy["tokens"].get<Tokens>();
    RolloutEngine engine(policy, tokenizer,
                         {.group_size = 1,
                          .max_new_tokens = static_cast<int64_t>(tokens.size()),
                          .sampling = {.temperature = 0.0f},
                          .ignore_eos = true});
    const Tokens prompts[] = {greedy["prompt"].get<Tokens>()};
    const std::vector<Group> groups = engine.rollout_tokens(prompts);
    REQUIRE(groups.size() == 1);
    REQUIRE(groups[0].completions.size() == 1);
    CHECK(groups[0].completions[0].tokens == tokens);
    CHECK(groups[0].completions[0].finish == FinishReason::length);
  }
}

TEST_CASE("gradients of the cross-entropy are transformers'") {
  for (const std::string& name : safetensors_models) {
    CAPTURE(name);
    Policy policy = load(name);
    const Json golden = expected(name);
    const auto batches = as_batches(golden["sequences"], golden["prompt_tokens"].get<Tokens>(), 1000);
    CHECK(cross_entropy(policy, batches) == doctest::Approx(golden["loss"].get<double>()).epsilon(1e-5));

    CHECK(policy.parameters().size() == golden["gradients"].size());
    for (const Parameter& parameter : policy.parameters()) {
      CAPTURE(parameter.name);
      REQUIRE(golden["gradients"].contains(parameter.name));
      const Json& summary = golden["gradients"][parameter.name];
      REQUIRE(parameter.grad.defined());
      REQUIRE((parameter.grad.scalar_type() == at::kFloat));
      const at::Tensor gradient = parameter.grad.flatten().to(at::kDouble);
      const double norm = summary["norm"];
      CHECK(gradient.norm().item<double>() == doctest::Approx(norm).epsilon(1e-4));
      CHECK(std::abs(gradient.sum().item<double>() - summary["sum"].get<double>()) < 1e-4 * norm);
      const at::Tensor index = at::tensor(summary["index"].get<Tokens>());
      CHECK(max_difference(gradient.index_select(0, index), to_tensor(summary["value"])) < 1e-4 * norm);
    }
  }
}

TEST_CASE("every entry of llama's gradients is transformers'") {
  Policy policy = load("llama");
  const Json golden = expected("llama");
  cross_entropy(policy, as_batches(golden["sequences"], golden["prompt_tokens"].get<Tokens>(), 1000));

  // Stored as a model, because a gradient has the names and shapes of the weights.
  const Policy gradients = load_policy(folder("llama") / "gradients");
  REQUIRE(gradients.parameters().size() == policy.parameters().size());
  for (size_t p = 0; p < policy.parameters().size(); ++p) {
    const Parameter& parameter = policy.parameters()[p];
    CAPTURE(parameter.name);
    const at::Tensor& reference = gradients.parameters()[p].value;
    REQUIRE(gradients.parameters()[p].name == parameter.name);
    // Entries near zero are what is left of larger terms: their error is one of the tensor's scale, not of their own.
    const double scale = reference.square().mean().sqrt().item<double>();
    CHECK(at::allclose(parameter.grad, reference, 1e-4, 1e-5 * scale));
  }
}

TEST_CASE("gradients do not depend on how a step is cut into batches") {
  Policy policy = load("qwen3");
  const Json golden = expected("qwen3");
  const Tokens prompt_tokens = golden["prompt_tokens"];
  const auto one = as_batches(golden["sequences"], prompt_tokens, 1000);
  const auto two = as_batches(golden["sequences"], prompt_tokens, 14);
  REQUIRE(one.size() == 1);
  REQUIRE(two.size() == 2);

  const double loss = cross_entropy(policy, one);
  std::vector<at::Tensor> gradients;
  for (const Parameter& parameter : policy.parameters()) gradients.push_back(parameter.grad.clone());
  policy.zero_grad();
  CHECK(cross_entropy(policy, two) == doctest::Approx(loss).epsilon(1e-6));
  for (size_t p = 0; p < gradients.size(); ++p) {
    CAPTURE(policy.parameters()[p].name);
    CHECK(max_difference(policy.parameters()[p].grad, gradients[p]) < 1e-5 * gradients[p].norm().item<double>());
  }
}

TEST_CASE("a GGUF file is dequantised to the values of gguf, rows in Hugging Face order") {
  for (const std::string& name : gguf_models) {
    CAPTURE(name);
    const Policy policy = load(name);
    const Json weights = expected(name)["weights"];
    CHECK(policy.parameters().size() == weights.size());
    for (const Parameter& parameter : policy.parameters()) {
      CAPTURE(parameter.name);
      REQUIRE(weights.contains(parameter.name));
      const at::Tensor index = at::tensor(weights[parameter.name]["index"].get<Tokens>());
      CHECK(at::equal(parameter.value.flatten().index_select(0, index), to_tensor(weights[parameter.name]["value"])));
    }
  }
}

TEST_CASE("a model in two files is the model in one, and one of experts in few tensors that of experts apart") {
  CHECK(load("smollm_sharded").weight_hash() == load("smollm").weight_hash());
  CHECK(load("qwen3_moe_plain_fused").weight_hash() == load("qwen3_moe_plain").weight_hash());
}

TEST_CASE("a saved policy comes back with the same bits") {
  const Tokenizer tokenizer = golden_tokenizer();
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    for (const std::string& name : all_models()) {
      CAPTURE(name);
      CAPTURE(dtype);
      const TemporaryFolder temporary;
      Policy policy = load(name, dtype);
      save_policy(policy, tokenizer, temporary.path / "saved");
      Policy again = load_policy(temporary.path / "saved", {.dtype = dtype});

      CHECK(again.weight_hash() == policy.weight_hash());
      const auto tokens = expected(name)["sequences"][0].get<Tokens>();
      CHECK(at::equal(again.logits(tokens), policy.logits(tokens)));
      CHECK(again.config().rope == policy.config().rope);
      CHECK(again.config().tied_embeddings == policy.config().tied_embeddings);
      CHECK(again.config().activation == policy.config().activation);
    }
  }
}

TEST_CASE("bfloat16 weights that are saved and read as float32 are the same numbers") {
  const TemporaryFolder temporary;
  const Tokenizer tokenizer = golden_tokenizer();
  for (const std::string& name : safetensors_models) {  // their weights are exact in bfloat16
    CAPTURE(name);
    save_policy(load(name, at::kBFloat16), tokenizer, temporary.path / name);
    CHECK(load_policy(temporary.path / name).weight_hash() == load(name).weight_hash());
  }
}
