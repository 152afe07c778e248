// A packed batch as the transformer reads it: rows, their places in a KV cache, and what several sequences share.
#pragma once

#include "cohort/batch.hpp"
#include "src/models/transformer.hpp"

namespace cohort::models {

struct LaidOut {
  TokenBatch batch;
  at::Tensor predicted_at;  // [sampled] int64: the row of the batch that predicts each sampled token
  int64_t num_blocks = 0;   // of the cache

  // Where decoding has computed rows of the batch: the others, as a batch of their own.
  RecordedShare share;
  TokenBatch computed;
};

/// Consecutive sequences with the same prompt (a group's completions) read it once: all but its last token, which
/// predicts, become a sequence of their own that the others go on from. A token that predicts nothing and is read by
/// nobody, the last of a sequence, is left out. Rows do not know their batch, so hidden states are the same to the bit
/// as if each sequence had read all of it. Where `records` are given, those of the batch's activations that are theirs
/// are used: of such a sequence the prompt alone is to be computed. Throws Error if one passes `max_position`.
LaidOut lay_out(const PackedBatch& batch, int64_t max_position, c10::Device device,
                const RecordStore* records = nullptr);

}  // namespace cohort::models
