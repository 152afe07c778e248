// What was answered: the completions of one problem, which GRPO compares with each other.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cohort/problem.hpp"

namespace cohort {

class RecordedActivations;

/// How a next token is drawn from the policy's logits, in this order: divide by the temperature, keep the top k,
/// keep the smallest set of mass top_p, keep what is at least min_p times the likeliest, renormalise, draw.
struct Sampling {
  float temperature = 1.0f;  // 0 is greedy; log-probabilities are then those of temperature 1
  int64_t top_k = 0;         // 0 keeps all; ties with the k-th are kept
  float top_p = 1.0f;        // (0, 1]
  float min_p = 0.0f;        // [0, 1)

  bool operator==(const Sampling&) const = default;
};

/// What a rollout computes with.
enum class Precision {
  exact,  // the policy itself
  int8,   // weights and activations of the layers in eight bits: faster, and a policy a little different; on the CPU
  fp8,    // likewise in eight bits of floating point (E4M3), on a GPU of compute capability 9.0; may change with the
          // batch
          // Neither is for models with experts.
  fast,   // on a GPU, sums in whatever order is quickest, which may change with the batch
};

/// Whether layers are multiplied in eight bits.
inline bool is_eight_bits(Precision precision) { return precision == Precision::int8 || precision == Precision::fp8; }

enum class FinishReason {
  stop,       // the policy ended its turn
  length,     // max_new_tokens or the context cut it off
  cancelled,  // RolloutEngine::cancel() did: the answer is not complete, and update() refuses it
};

/// "stop", "length" or "cancelled".
constexpr const char* to_string(FinishReason reason) {
  return reason == FinishReason::stop ? "stop" : reason == FinishReason::length ? "length" : "cancelled";
}

/// One sampled answer.
struct Completion {
  std::vector<int64_t> tokens;  // sampled ids, the stop token included when finish == stop
  std::vector<float> logprobs;  // natural log under the distribution each token was drawn from; as many as tokens
  std::vector<float> policy_logprobs;  // the same under the policy itself: rescore() fills them, where they may differ
  std::vector<float> entropy;          // nats, of those distributions; as many as tokens, or none where nobody sampled
  std::vector<float> max_logit;        // and what update() need not compute again: the largest logit and
  std::vector<float> log_sum;          // log Σ exp((logit − max_logit) / temperature); as many as tokens, or none
  std::string text;                    // tokens decoded, special tokens left out
  FinishReason finish = FinishReason::stop;
  // What the layers of the policy computed for these tokens, for update() (RolloutOptions::activation_tokens); or none.
  // Copies share it. It is given up where the policy's weights change.
  std::shared_ptr<RecordedActivations> activations;
};

/// The completions of one problem.
struct Group {
  Problem problem;
  std::vector<int64_t> prompt_tokens;
  std::vector<Completion> completions;
  Sampling sampling;  // how they were drawn; update() scores under the same distribution
  // Where it is not exact, `logprobs` are not the policy's own; see importance_cap in loss.hpp.
  Precision precision = Precision::exact;
};

/// One number per completion; row g belongs to groups[g]. [num_groups, group_size]
using GroupArray = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace cohort
