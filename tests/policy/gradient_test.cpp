// The whole loss, from weights to the number that is minimised, against finite differences in float64.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "cohort/batch.hpp"
#include "cohort/loss.hpp"
#include "cohort/policy.hpp"

using namespace cohort;

namespace {

ModelConfig tiny() {
  ModelConfig config;
  config.architecture = "LlamaForCausalLM";
  config.vocab_size = 23;
  config.hidden_size = 12;
  config.intermediate_size = 20;
  config.num_layers = 2;
  config.num_heads = 4;
  config.num_kv_heads = 2;
  config.head_dim = 4;  // not hidden / heads
  config.max_position = 64;
  config.norm_epsilon = 1e-5;
  config.init_std = 0.3;
  return config;
}

struct Family {
  std::string name;
  ModelConfig config;
};

std::vector<Family> families() {
  ModelConfig llama = tiny();
  llama.qkv_bias = llama.output_bias = llama.mlp_bias = true;
  llama.rope = {.scaling = RopeConfig::Scaling::llama3, .factor = 4.0, .original_max_position = 32};

  ModelConfig smollm = tiny();
  smollm.num_heads = 3;
  smollm.num_kv_heads = 1;
  smollm.tied_embeddings = true;
  smollm.rope = {.scaling = RopeConfig::Scaling::linear, .factor = 2.0};

  ModelConfig qwen2 = tiny();
  qwen2.architecture = "Qwen2ForCausalLM";
  qwen2.head_dim = 6;
  qwen2.num_heads = 2;
  qwen2.num_kv_heads = 1;
  qwen2.qkv_bias = true;
  qwen2.tied_embeddings = true;

  ModelConfig qwen3 = tiny();
  qwen3.architecture = "Qwen3ForCausalLM";
  qwen3.qk_norm = true;

  ModelConfig gelu = tiny();
  gelu.activation = Activation::gelu;

  ModelConfig gemma = tiny();
  gemma.architecture = "GemmaForCausalLM";
  gemma.tied_embeddings = gemma.scaled_embeddings = gemma.centred_norms = true;
  gemma.activation = Activation::gelu_tanh;

  ModelConfig experts = qwen3;
  experts.architecture = "Qwen3MoeForCausalLM";
  experts.experts = {.count = 4, .per_token = 2, .intermediate_size = 7, .normalised = true, .dense_layers = {0}};

  ModelConfig plain = experts;
  plain.num_layers = 1;
  plain.experts.normalised = false;
  plain.experts.dense_layers = {};

  return {{"llama", llama}, {"smollm", smollm}, {"gelu", gelu},       {"gemma", gemma},
          {"qwen2", qwen2}, {"qwen3", qwen3},   {"experts", experts}, {"plain experts", plain}};
}

/// Every parameter random: a norm of 1 or a bias of 0 would hide a factor or a term.
Policy random_policy(const ModelConfig& config, uint64_t seed) {
  Policy policy(config, {.dtype = at::kDouble, .seed = seed});
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  for (Parameter& parameter : policy.parameters()) {
    const bool norm = parameter.name.find("norm") != std::string::npos;
    const bool bias = parameter.name.ends_with("bias");
    if (!norm && !bias) continue;
    double* values = parameter.value.data_ptr<double>();
    const double middle = norm && !config.centred_norms ? 1.0 : 0.0;
    for (int64_t i = 0; i < parameter.value.numel(); ++i) values[i] = middle + 0.3 * normal(random);
  }
  policy.weights_changed();
  return policy;
}

const GrpoLossOptions clip_options = {.clip_low = 0.15f, .clip_high = 0.25f};

/// log π_old − log π, such that the ratio keeps off the bounds of the clip, where the loss has a corner.
float off_policy_difference(std::mt19937_64& random) {
  std::uniform_real_distribution<float> any(-0.4f, 0.4f);
  for (;;) {
    const float difference = any(random);
    const float ratio = std::exp(-difference);
    const bool near_low = std::abs(ratio - (1.0f - clip_options.clip_low)) < 0.01f;
    const bool near_high = std::abs(ratio - (1.0f + clip_options.clip_high)) < 0.01f;
    if (!near_low && !near_high) return difference;
  }
}

/// Three groups of two completions of different lengths. Each token is among the three likeliest, so that no filter
/// of the sampling throws it out, and recorded with a log-probability off by up to ±0.4, so that ratios are clipped on
/// both sides.
std::vector<Group> off_policy_groups(Policy& policy, const Sampling& sampling, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int64_t> any_token(0, policy.config().vocab_size - 1), rank(0, 2);
  const std::array<int64_t, 6> lengths = {4, 7, 1, 5, 3, 6};
  std::vector<Group> groups(3);
  for (size_t g = 0; g < groups.size(); ++g) {
    groups[g].sampling = sampling;
    for (size_t t = 0; t <= g; ++t) groups[g].prompt_tokens.push_back(any_token(random));
    for (size_t c = 0; c < 2; ++c) {
      Completion& completion = groups[g].completions.emplace_back();
      std::vector<int64_t> tokens = groups[g].prompt_tokens;
      for (int64_t t = 0; t < lengths[2 * g + c]; ++t) {
        const at::Tensor likeliest = std::get<1>(policy.logits(tokens)[-1].topk(3));
        tokens.push_back(likeliest[rank(random)].item<int64_t>());
        completion.tokens.push_back(tokens.back());
      }
      completion.logprobs.assign(completion.tokens.size(), 0.0f);
    }
  }

  const at::AutoGradMode no_gradients(false);
  const auto batches = pack(groups, GroupArray::Zero(3, 2), 1000, at::kCPU);
  const at::Tensor logprobs = policy.score(batches.at(0)).logprobs.to(at::kDouble);
  int64_t row = 0;
  for (Group& group : groups)
    for (Completion& completion : group.completions)
      for (float& logprob : completion.logprobs)
        logprob = static_cast<float>(logprobs[row++].item<double>()) + off_policy_difference(random);
  return groups;
}

/// One optimiser step in two micro-batches, under several losses at once.
struct Step {
  std::vector<PackedBatch> batches;
  std::vector<at::Tensor> ref_logprobs;  // of each batch
  int64_t tokens = 0;
  int64_t sequences = 0;

  Step(const std::vector<Group>& groups, Policy& reference) {
    const GroupArray advantages = (GroupArray(3, 2) << 1.0f, -0.5f, 0.7f, -1.3f, -0.2f, 0.9f).finished();
    batches = pack(groups, advantages, 24, at::kCPU);
    REQUIRE(batches.size() >= 2);
    const at::AutoGradMode no_gradients(false);
    for (const PackedBatch& batch : batches) {
      ref_logprobs.push_back(reference.score(batch).logprobs);
      tokens += batch.targets.size(0);
      sequences += batch.cu_completions.size(0) - 1;
    }
  }

  LossInputs inputs(size_t b, const TokenScores& scores) const {
    return {.logprobs = scores.logprobs,
            .entropy = scores.entropy,
            .old_logprobs = batches[b].old_logprobs,
            .ref_logprobs = ref_logprobs[b],
            .advantages = batches[b].advantages,
            .cu_completions = batches[b].cu_completions,
            .step_tokens = tokens,
            .step_sequences = sequences};
  }

  /// The value of each loss.
  std::vector<double> values(Policy& policy, const std::vector<LossFn>& losses) const {
    const at::AutoGradMode no_gradients(false);
    std::vector<double> sums(losses.size(), 0.0);
    for (size_t b = 0; b < batches.size(); ++b) {
      const TokenScores scores = policy.score(batches[b]);
      for (size_t l = 0; l < losses.size(); ++l) sums[l] += losses[l](inputs(b, scores)).loss.item<double>();
    }
    return sums;
  }

  /// Leaves the gradients of one loss in the policy.
  void backward(Policy& policy, const LossFn& loss) const {
    policy.zero_grad();
    for (size_t b = 0; b < batches.size(); ++b) loss(inputs(b, policy.score(batches[b]))).loss.backward();
  }

  double metric(Policy& policy, const LossFn& loss, const std::string& name) const {
    const at::AutoGradMode no_gradients(false);
    double sum = 0;
    for (size_t b = 0; b < batches.size(); ++b)
      sum += loss(inputs(b, policy.score(batches[b]))).metrics.at(name).item<double>();
    return sum;
  }
};

/// Flat entries to look at: all of a small parameter, else the ones where the gradient is largest and random ones.
std::vector<int64_t> some_entries(const at::Tensor& gradient, std::mt19937_64& random) {
  std::vector<int64_t> entries;
  if (gradient.numel() <= 6) {
    for (int64_t i = 0; i < gradient.numel(); ++i) entries.push_back(i);
    return entries;
  }
  entries.push_back(gradient.flatten().abs().argmax().item<int64_t>());
  std::uniform_int_distribution<int64_t> any(0, gradient.numel() - 1);
  while (entries.size() < 3) entries.push_back(any(random));
  return entries;
}

void check_gradients(Policy& policy, const Step& step, const std::vector<LossFn>& losses) {
  std::vector<std::vector<at::Tensor>> gradients;  // [losses][parameters]
  for (const LossFn& loss : losses) {
    step.backward(policy, loss);
    auto& all = gradients.emplace_back();
    for (const Parameter& parameter : policy.parameters()) {
      CAPTURE(parameter.name);
      REQUIRE(parameter.grad.defined());
      REQUIRE((parameter.grad.scalar_type() == at::kDouble));
      all.push_back(parameter.grad.flatten().clone());
    }
  }

  std::mt19937_64 random(7);
  for (size_t p = 0; p < policy.parameters().size(); ++p) {
    Parameter& parameter = policy.parameters()[p];
    CAPTURE(parameter.name);
    double* values = parameter.value.data_ptr<double>();
    std::vector<double> error(losses.size(), 0.0), size(losses.size(), 0.0);  // sums of squares
    for (const int64_t entry : some_entries(gradients[0][p], random)) {
      const auto losses_at = [&, value = values[entry]](double offset) {
        values[entry] = value + offset;
        policy.weights_changed();
        const std::vector<double> result = step.values(policy, losses);
        values[entry] = value;
        return result;
      };
      // Central differences of fourth order: h = 1e-4 leaves an error of 1e-16 by truncation, 1e-12 by rounding.
      const double h = 1e-4;
      const auto far_right = losses_at(2 * h), right = losses_at(h), left = losses_at(-h), far_left = losses_at(-2 * h);
      for (size_t l = 0; l < losses.size(); ++l) {
        const double difference = (8 * (right[l] - left[l]) - (far_right[l] - far_left[l])) / (12 * h);
        error[l] += std::pow(gradients[l][p][entry].item<double>() - difference, 2);
        size[l] += difference * difference;
      }
    }
    policy.weights_changed();
    for (size_t l = 0; l < losses.size(); ++l) {
      CAPTURE(l);
      CHECK(std::sqrt(size[l]) > 1e-6);  // a gradient of nothing would prove nothing
      CHECK(std::sqrt(error[l]) < 1e-6 * std::sqrt(size[l]));
    }
  }
}

std::vector<LossFn> all_losses() {
  std::vector<LossFn> losses = {sft_loss()};
  for (const Aggregation aggregation : {Aggregation::token_mean, Aggregation::sequence_mean, Aggregation::constant}) {
    GrpoLossOptions options = clip_options;
    options.aggregation = aggregation;
    options.max_tokens = aggregation == Aggregation::constant ? 8 : 0;
    losses.push_back(grpo_loss(options));
    options.kl_coefficient = 0.3f;
    options.entropy_coefficient = 0.2f;
    losses.push_back(grpo_loss(options));
  }
  return losses;
}

void check_family(const Family& family, const Sampling& sampling) {
  Policy policy = random_policy(family.config, 11);
  Policy reference = random_policy(family.config, 12);
  const Step step(off_policy_groups(policy, sampling, 13), reference);
  const LossFn loss = grpo_loss(clip_options);
  REQUIRE(step.metric(policy, loss, "clip_ratio/low_mean") > 0);
  REQUIRE(step.metric(policy, loss, "clip_ratio/high_mean") > 0);
  check_gradients(policy, step, all_losses());
}

}  // namespace

TEST_CASE("gradients of the whole loss are its finite differences, for each family") {
  for (const Family& family : families()) {
    CAPTURE(family.name);
    check_family(family, {});
  }
}

TEST_CASE("gradients are those of the distribution that was drawn from: temperature and filters") {
  const auto all = families();
  const auto qwen3 = std::ranges::find(all, "qwen3", &Family::name);
  for (const Sampling& sampling : {Sampling{.temperature = 0.7f}, Sampling{.temperature = 1.3f, .top_k = 9},
                                   Sampling{.top_p = 0.97f}, Sampling{.temperature = 0.9f, .min_p = 0.01f}}) {
    CAPTURE(sampling.temperature);
    CAPTURE(sampling.top_k);
    CAPTURE(sampling.top_p);
    CAPTURE(sampling.min_p);
    check_family(*qwen3, sampling);
  }
}
