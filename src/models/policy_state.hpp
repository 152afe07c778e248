// What a Policy holds. Seen by the rooms of src/ that reach below its public face: rollout, optimiser, checkpoints.
#pragma once

#include "src/models/transformer.hpp"

namespace cohort {

struct Policy::State {
  State(ModelConfig config, PolicyOptions options, std::vector<models::PackedMemory> packed = {})
      : model(std::move(config), options, std::move(packed)) {}
  models::Transformer model;

  /// Throws Error if an id is outside the vocabulary.
  void check_tokens(const at::Tensor& tokens) const;
};

/// A packed_only policy on the CPU of what `reader` has read; of its dtype, whatever `options` say.
Policy policy_from(models::PackedReader& reader, PolicyOptions options);

}  // namespace cohort
