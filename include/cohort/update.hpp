#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "cohort/batch.hpp"
#include "cohort/loss.hpp"
#include "cohort/optim.hpp"
#include "cohort/policy.hpp"

namespace cohort {

struct UpdateOptions {
  int64_t micro_batch_tokens = 4096;  // at most; a bound on memory that does not change the result
  float max_grad_norm = 1.0f;         // 0: no clipping
  Policy* reference = nullptr;        // fills LossInputs::ref_logprobs
  // Groups whose advantages are all 0 are not read, but for the first where all are so. Exact for a loss in which such
  // tokens have no gradient: no KL, no entropy bonus.
  bool skip_zero_advantages = false;
  // What the sampler recorded is not computed again, where it is the policy's own: the head is left out of the forward,
  // and layers for tokens whose activations were kept (RolloutOptions::activation_tokens). The backward holds every
  // token that has a gradient against its record; where one differs, the step is computed anew without records.
  // Changes no bit.
  bool use_recorded_scores = true;
};

struct UpdateStats {
  double loss = 0;
  double grad_norm = 0;            // before clipping
  double entropy = 0;              // mean over sampled tokens, nats; that of a token not read is the recorded one
  double logp_difference_max = 0;  // max |recorded − recomputed| over tokens read; 0 on the first update of a group
                                   // that was sampled with Precision::exact
  float learning_rate = 0;
  int64_t tokens = 0;                     // read by the policy, prompts included
  int64_t recorded_tokens = 0;            // sampled tokens whose scores are the sampler's records
  int64_t recorded_activations = 0;       // tokens that decoding alone sent through the layers
  std::map<std::string, double> metrics;  // of the loss
};

/// One optimiser step on these groups: pack, log-probabilities, loss, backward, clip, step. Groups of another Precision
/// than exact are taken to be sampled from the policy as it is now, unless rescore() said what it was.
/// Throws Error, before any weight is touched, if the loss or a gradient is not finite.
UpdateStats update(Policy& policy, AdamW& optimizer, const LossFn& loss, std::span<const Group> groups,
                   const GroupArray& advantages, UpdateOptions options = {});

/// How many groups a step will have, and completions each.
struct StepShape {
  int64_t num_groups = 0, group_size = 0;
};

/// update() of a rollout that still goes on: what comes of the groups that are graded already is read, forward and
/// backward, by a thread of its own while others decode. Weights change in finish() alone, so all is on-policy, and
/// equal to the bit to update() on the same groups. For a policy on the CPU and a loss whose gradient does not depend
/// on step_tokens (loss.hpp). From here to finish() nobody else may use the policy's gradients or write to its weights.
class StreamedUpdate {
 public:
  StreamedUpdate(Policy& policy, AdamW& optimizer, LossFn loss, StepShape shape, UpdateOptions options = {});
  /// Without finish(): waits for the micro-batch that is being read, and leaves gradients that are cleared.
  ~StreamedUpdate();
  StreamedUpdate(const StreamedUpdate&) = delete;

  /// Takes a copy of group `index` and an advantage for each completion, in whatever order, from any thread, and
  /// returns at once. A group is read when all before it are there. Throws Error for a group that is of another shape,
  /// came before, or was cancelled; what goes wrong while groups are read is thrown by finish().
  void add(int64_t index, const Group& group, std::span<const float> advantages);

  /// Reads what is left and steps, as update() does. To be called once, when all groups have been added and the rollout
  /// has ended. Throws Error if one is missing, if the optimiser has stepped since, or for a loss that does depend on
  /// step_tokens; no weight is changed then.
  UpdateStats finish();

  double seconds() const;  // that the thread has spent reading so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Fills policy_logprobs with what the policy as it is now gives to each sampled token. For groups that were sampled
/// with less precision and are read by several updates: call it before the first.
void rescore(Policy& policy, std::span<Group> groups, int64_t micro_batch_tokens = 4096);

/// A group of one completion, written instead of sampled, for update() with sft_loss(): the text in the assistant's
/// place, ended by the first stop token.
Group demonstration(const Tokenizer& tokenizer, const Problem& problem, const std::string& text);

/// One step of supervised fine-tuning on demonstrations.
UpdateStats sft_update(Policy& policy, AdamW& optimizer, std::span<const Group> demonstrations,
                       UpdateOptions options = {});

}  // namespace cohort
