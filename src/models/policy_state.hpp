// What a Policy holds. Seen by the rooms of src/ that reach below its public face: rollout, optimiser, checkpoints.
#pragma once

#include "src/models/transformer.hpp"

namespace cohort {

struct Policy::State {
  State(ModelConfig config, PolicyOptions options) : model(std::move(config), options) {}
  models::Transformer model;

  /// Throws Error if an id is outside the vocabulary.
  void check_tokens(const at::Tensor& tokens) const;
};

}  // namespace cohort
