// Policies that keep their weights only as products read them.
#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "cohort/advantage.hpp"
#include "cohort/batch.hpp"
#include "cohort/error.hpp"
#include "cohort/optim.hpp"
#include "cohort/rollout.hpp"
#include "support/temporary_folder.hpp"
#include "support/tiny.hpp"

using namespace cohort;
using cohort::testing::kArchitectures;
using cohort::testing::TemporaryFolder;
using cohort::testing::tiny_policy;
using cohort::testing::tiny_tokenizer;

namespace {

struct Seen {
  std::vector<std::vector<int64_t>> tokens;
  std::vector<std::vector<float>> sampled, scored;
  bool operator==(const Seen&) const = default;
};

// What a policy samples, and what it thinks of it afterwards.
Seen look_at(Policy& policy) {
  RolloutEngine engine(policy, tiny_tokenizer(), {.group_size = 3, .max_new_tokens = 20});
  const auto groups = engine.rollout_tokens(testing::prompts(4, policy.config().vocab_size));
  Seen seen;
  for (const Group& group : groups)
    for (const Completion& completion : group.completions) {
      seen.tokens.push_back(completion.tokens);
      seen.sampled.push_back(completion.logprobs);
    }
  for (const PackedBatch& batch : pack(groups, GroupArray::Zero(4, 3), 4096, at::kCPU)) {
    const at::Tensor logprobs = policy.score(batch).logprobs;
    seen.scored.emplace_back(logprobs.const_data_ptr<float>(), logprobs.const_data_ptr<float>() + logprobs.numel());
  }
  return seen;
}

}  // namespace

TEST_CASE("a checkpoint that is read into panels alone gives the bits of one that is read whole") {
  const TemporaryFolder folder;
  // Tied and not, scaled, with biases and norms of heads; float32 weights are rounded on their way, bfloat16 ones are
  // not.
  for (const char* architecture : kArchitectures)
    for (const at::ScalarType stored : {at::kFloat, at::kBFloat16}) {
      const auto directory = folder.path / architecture / c10::toString(stored);
      save_policy(tiny_policy({.dtype = stored}, architecture), tiny_tokenizer(), directory);
      for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
        CAPTURE(architecture);
        CAPTURE(dtype);
        Policy whole = load_policy(directory, {.dtype = dtype});
        Policy packed = load_policy(directory, {.dtype = dtype, .packed_only = true});
        CHECK(packed.num_parameters() == whole.num_parameters());
        const Seen seen = look_at(whole);
        CHECK(look_at(packed) == seen);
        Policy copy = whole.clone(/*packed_only=*/true);
        CHECK(look_at(copy) == seen);
      }
    }
}

TEST_CASE("a vocabulary of many panels is read piece by piece, its last one in part") {
  const TemporaryFolder folder;
  for (const bool is_tied : {true, false}) {  // an embedding apart from the head is read as it is, and in pieces too
    CAPTURE(is_tied);
    ModelConfig config = testing::tiny_config();
    config.vocab_size = 2 * 2048 + 77;
    config.tied_embeddings = is_tied;
    Policy drawn(config);
    const auto directory = folder.path / (is_tied ? "tied" : "apart");
    save_policy(drawn, tiny_tokenizer(), directory);
    Policy packed = load_policy(directory, {.packed_only = true});
    CHECK(look_at(packed) == look_at(drawn));
  }
}

TEST_CASE("what needs values says that a packed policy has none") {
  const Policy whole = tiny_policy();
  Policy packed = whole.clone(/*packed_only=*/true);
  const auto refuses = [](auto body) { CHECK_THROWS_WITH_AS(body(), doctest::Contains("packed_only"), Error); };
  refuses([&] { packed.parameters(); });
  refuses([&] { packed.weight_hash(); });
  refuses([&] { packed.zero_grad(); });
  refuses([&] { packed.clone(); });
  refuses([&] { AdamW(packed, {}); });
  const TemporaryFolder folder;
  refuses([&] { save_policy(packed, tiny_tokenizer(), folder.path / "saved"); });
  CHECK(!std::filesystem::exists(folder.path / "saved"));
  refuses([&] {
    RolloutEngine(packed, tiny_tokenizer(), {.group_size = 1, .max_new_tokens = 1, .precision = Precision::int8})
        .rollout_tokens(testing::prompts(1, 77));
  });
  refuses([&] { Policy(testing::tiny_config(), {.packed_only = true}); });
  refuses([&] { load_policy(folder.path, {.dtype = at::kDouble, .packed_only = true}); });
}
