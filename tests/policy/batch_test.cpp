#include "cohort/batch.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "cohort/error.hpp"

using namespace cohort;

static Group example() {
  return {.problem = {},
          .prompt_tokens = {10, 11, 12},
          .completions = {{.tokens = {1, 2}, .logprobs = {-.1f, -.2f}, .text = ""},
                          {.tokens = {3, 4, 5}, .logprobs = {-.3f, -.4f, -.5f}, .text = ""}},
          .sampling = {}};
}

TEST_CASE("every sampled token is predicted from the token before it") {
  const Group groups[] = {example()};
  const auto batches = pack(groups, (GroupArray(1, 2) << 1, -1).finished(), 100, at::kCPU);
  REQUIRE(batches.size() == 1);
  const PackedBatch& batch = batches[0];

  CHECK(at::equal(batch.tokens.index_select(0, batch.predicted_at + 1), batch.targets));
  CHECK(at::equal(batch.targets, at::tensor({1, 2, 3, 4, 5}, at::kLong)));
  CHECK(at::equal(batch.predicted_at, at::tensor({2, 3, 7, 8, 9}, at::kLong)));
  CHECK(at::equal(batch.advantages, at::tensor({1.f, 1.f, -1.f, -1.f, -1.f})));
  CHECK(at::equal(batch.cu_completions, at::tensor({0, 2, 5}, at::kInt)));
}

TEST_CASE("no batch is longer than max_tokens") {
  const Group groups[] = {example(), example()};
  const auto batches = pack(groups, GroupArray::Zero(2, 2), 11, at::kCPU);
  CHECK(batches.size() == 2);
  for (const auto& batch : batches) CHECK(batch.tokens.size(0) <= 11);
  CHECK_THROWS_AS(pack(groups, GroupArray::Zero(2, 2), 5, at::kCPU), Error);
}

TEST_CASE("a group that fits into a batch stays whole, and one that does not is cut between completions") {
  const Group groups[] = {example(), example(), example()};  // 5 + 6 tokens each
  for (const auto& batch : pack(groups, GroupArray::Zero(3, 2), 15, at::kCPU)) CHECK(batch.tokens.size(0) == 11);
  const auto cut = pack(groups, GroupArray::Zero(3, 2), 7, at::kCPU);
  CHECK(cut.size() == 6);
}

TEST_CASE("groups that cannot be packed are named") {
  const GroupArray none = GroupArray::Zero(1, 2);
  Group group = example();
  group.prompt_tokens.clear();
  CHECK_THROWS_WITH_AS(pack(std::span(&group, 1), none, 100, at::kCPU),
                       doctest::Contains("group 0 has an empty prompt"), Error);
  group = example();
  group.completions[1].logprobs.pop_back();
  CHECK_THROWS_WITH_AS(pack(std::span(&group, 1), none, 100, at::kCPU), doctest::Contains("3 tokens but 2 logprobs"),
                       Error);
  group = example();
  CHECK_THROWS_WITH_AS(pack(std::span(&group, 1), GroupArray::Zero(1, 3), 100, at::kCPU),
                       doctest::Contains("2 completions but 3 advantages"), Error);
  Group warm[] = {example(), example()};
  warm[1].sampling.temperature = 0.5f;
  CHECK_THROWS_WITH_AS(pack(warm, GroupArray::Zero(2, 2), 100, at::kCPU),
                       doctest::Contains("group 1 was sampled differently"), Error);
}

TEST_CASE("a packer hands out the batches of pack(), each when a group comes that does not fit") {
  std::vector<Group> groups(5, example());  // 5 + 6 tokens each
  groups[2].completions[1].tokens.assign(9, 7);
  groups[2].completions[1].logprobs.assign(9, -.5f);
  GroupArray advantages(5, 2);
  advantages << 1, -1, 2, -2, 3, -3, 4, -4, 5, -5;
  for (const int64_t max_tokens : {12, 23, 40}) {
    CAPTURE(max_tokens);
    const auto whole = pack(groups, advantages, max_tokens, at::kCPU);
    Packer packer(max_tokens, at::kCPU);
    std::vector<PackedBatch> parts;
    for (size_t g = 0; g < groups.size(); ++g) {
      const float row[] = {advantages(static_cast<int>(g), 0), advantages(static_cast<int>(g), 1)};
      for (PackedBatch& batch : packer.add(groups[g], row)) parts.push_back(std::move(batch));
      if (max_tokens == 12) CHECK(parts.size() >= g);  // nothing that is full waits
    }
    parts.push_back(packer.finish().value());
    CHECK_FALSE(packer.finish().has_value());
    REQUIRE(parts.size() == whole.size());
    for (size_t b = 0; b < parts.size(); ++b) {
      CHECK(at::equal(parts[b].tokens, whole[b].tokens));
      CHECK(at::equal(parts[b].advantages, whole[b].advantages));
      CHECK(at::equal(parts[b].cu_completions, whole[b].cu_completions));
    }
  }
}
