#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cohort/group.hpp"

namespace cohort {

/// Prompts and completions of some groups, end to end, without padding.
/// Two axes: [tokens] is everything the policy reads; [sampled] is only the tokens it chose.
struct PackedBatch {
  at::Tensor tokens;            // [tokens] int64
  at::Tensor positions;         // [tokens] int64, 0 at the start of each sequence
  at::Tensor cu_seqlens;        // [sequences + 1] int32 on the CPU, bounds on [tokens]
  at::Tensor predicted_at;      // [sampled] int64: the token whose hidden state predicted this one
  at::Tensor targets;           // [sampled] int64: tokens[predicted_at + 1]
  at::Tensor old_logprobs;      // [sampled] float32, as recorded while sampling; under the policy itself where rescored
  at::Tensor sampler_logprobs;  // [sampled] float32 as recorded, where that was not the policy itself; else undefined
  at::Tensor entropy;           // [sampled] float32, as recorded, and
  at::Tensor summary;           // [sampled, 4] float32, likewise (kernels::RowSummary): both undefined where not known of
                                // all tokens, or not the policy's own without filters
  at::Tensor advantages;        // [sampled] float32
  at::Tensor cu_completions;    // [sequences + 1] int32, bounds on [sampled]
  // [sequences], what decoding computed of each; null where nothing is known of one, empty where of none
  std::vector<std::shared_ptr<const RecordedActivations>> activations;
  Sampling sampling;            // the distribution the tokens were drawn from
  bool is_rescored = true;      // false: old_logprobs are those of a sampler that was not the policy itself
};

/// Splits groups into batches of at most `max_tokens` tokens, in order; a group that fits stays whole. Throws Error if
/// one sequence is longer, if a prompt is empty, if tokens and logprobs differ in number, or if groups were sampled
/// differently.
std::vector<PackedBatch> pack(std::span<const Group> groups, const GroupArray& advantages, int64_t max_tokens,
                              c10::Device device);

/// pack() for groups that come one by one: the same batches, each as soon as nothing more goes into it.
class Packer {
 public:
  Packer(int64_t max_tokens, c10::Device device);
  ~Packer();

  /// Takes the next group, with an advantage for each completion. Returns the batches that are full by now. Throws as
  /// pack() does.
  std::vector<PackedBatch> add(const Group& group, std::span<const float> advantages);
  /// What is left, if anything is; the packer then begins anew.
  std::optional<PackedBatch> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cohort
