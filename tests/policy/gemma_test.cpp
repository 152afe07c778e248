// What tells a Gemma from a Llama: the gate, norms around 1, and embeddings by a factor.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <doctest/doctest.h>

#include <functional>

#include "cohort/batch.hpp"
#include "src/models/lay_out.hpp"
#include "src/models/policy_state.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::tiny_config;
using cohort::testing::tiny_policy;

namespace {

const std::vector<int64_t> kTokens = {3, 1, 4, 1, 5, 9, 2, 6};

Policy gemma(const std::function<void(ModelConfig&)>& change, PolicyOptions options = {}) {
  ModelConfig config = tiny_config("GemmaForCausalLM");
  change(config);
  return Policy(config, options);
}

/// The residual stream behind the last layer, of one sequence.
at::Tensor hidden_of(Policy& policy, const std::vector<int64_t>& tokens) {
  const at::NoGradGuard no_grad;
  models::Transformer& model = policy.state().model;
  const auto length = static_cast<int64_t>(tokens.size());
  const models::LaidOut laid_out =
      models::lay_out({.tokens = at::tensor(tokens),
                       .cu_seqlens = at::tensor({int32_t{0}, static_cast<int32_t>(length)}, at::kInt),
                       .predicted_at = at::empty({0}, at::kLong),
                       .cu_completions = at::zeros({2}, at::kInt)},
                      model.config.max_position, model.options.device);
  const models::KvCache cache(model.config, laid_out.num_blocks, model.options);
  return model.forward(laid_out.batch, cache);
}

}  // namespace

TEST_CASE("each of a Gemma's properties changes what it computes") {
  Policy policy = gemma([](ModelConfig&) {});
  const at::Tensor logits = policy.logits(kTokens);
  const auto differs = [&](const std::function<void(ModelConfig&)>& change) {
    Policy other = gemma(change);  // of the same random matrices
    return (other.logits(kTokens) - logits).abs().max().item<double>();
  };
  CHECK(differs([](ModelConfig&) {}) == 0);
  CHECK(differs([](ModelConfig& config) { config.scaled_embeddings = false; }) > 1e-2);
  CHECK(differs([](ModelConfig& config) { config.activation = Activation::silu; }) > 1e-2);
  // The exact one is near its approximation, not on it.
  const double exact = differs([](ModelConfig& config) { config.activation = Activation::gelu; });
  CHECK(exact > 1e-6);
  CHECK(exact < 1e-2);
}

TEST_CASE("a new Gemma's norms are 0, and multiply by 1") {
  Policy centred = gemma([](ModelConfig&) {}), plain = gemma([](ModelConfig&config) { config.centred_norms = false; });
  for (const Parameter& parameter : centred.parameters())
    if (parameter.value.dim() == 1) CHECK(parameter.value.abs().max().item<double>() == 0);
  CHECK(at::equal(centred.logits(kTokens), plain.logits(kTokens)));
}

TEST_CASE("a norm's weight and 1 are what another model's weight is, also after it has changed") {
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kDouble}) {
    Policy centred = gemma([](ModelConfig&) {}, {.dtype = dtype});
    Policy plain = gemma([](ModelConfig& config) { config.centred_norms = false; }, {.dtype = dtype});
    centred.logits(kTokens);  // what is computed from the weights is there, and has to follow them
    for (size_t p = 0; p < centred.parameters().size(); ++p) {
      at::Tensor& weight = centred.parameters()[p].value;
      if (weight.dim() != 1) continue;
      weight.fill_(0.25);  // with 1, exact in every dtype
      plain.parameters()[p].value.fill_(1.25);
    }
    centred.weights_changed();
    plain.weights_changed();
    CHECK(at::equal(centred.logits(kTokens), plain.logits(kTokens)));
  }
}

TEST_CASE("embeddings are multiplied by the root of their width, as the weights' type holds it") {
  // √48 = 6.9282…: 6.9375 in bfloat16.
  for (const auto& [dtype, scale] : {std::pair<at::ScalarType, double>{at::kBFloat16, 6.9375},
                                     {at::kFloat, static_cast<double>(std::sqrt(48.0f))},
                                     {at::kDouble, std::sqrt(48.0)}}) {
    Policy policy = gemma([](ModelConfig&) {}, {.dtype = dtype});
    at::Tensor table;
    for (Parameter& parameter : policy.parameters()) {
      if (parameter.name == "model.embed_tokens.weight") table = parameter.value;
      // Layers that add nothing.
      if (parameter.name.ends_with("o_proj.weight") || parameter.name.ends_with("down_proj.weight"))
        parameter.value.zero_();
    }
    policy.weights_changed();
    const at::ScalarType computed = dtype == at::kDouble ? at::kDouble : at::kFloat;
    CHECK(at::equal(hidden_of(policy, kTokens), table.index_select(0, at::tensor(kTokens)).to(computed) * scale));
  }
}
