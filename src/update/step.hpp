// One optimiser step whose groups come one by one, in their order: what update() and StreamedUpdate both are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cohort/batch.hpp"
#include "cohort/update.hpp"

namespace cohort {

class UpdateStep {
 public:
  struct Size {
    int64_t tokens = 0;  // sampled; 0: not known before the last group
    int64_t sequences = 0;
  };

  /// Clears the gradients. Throws Error for options that contradict each other.
  UpdateStep(Policy& policy, AdamW& optimizer, LossFn loss, Size size, UpdateOptions options);
  /// Gradients of a step that was not finished are cleared.
  ~UpdateStep();
  UpdateStep(const UpdateStep&) = delete;

  /// The next group. Reads the micro-batches that are full by now.
  void add(const Group& group, std::span<const float> advantages);
  /// Reads what is left, and steps.
  UpdateStats finish();

 private:
  // What the loss was given and what it gave, kept until its numbers can be told.
  struct Given {
    LossInputs in;
    at::Tensor dlogprobs, dentropy;
    at::Tensor found_logprobs;  // TokenScores'
  };
  // A micro-batch's numbers where the policy is: told to the host once they are asked for.
  struct Numbers {
    at::Tensor values;
    std::vector<std::string> metrics;  // names of the last of them
    bool are_of_records;
  };
  struct FirstGroup {
    Group group;
    std::vector<float> advantages;
  };

  void pack(const Group& group, std::span<const float> advantages);
  void read(const PackedBatch& packed);
  LossInputs loss_inputs(const PackedBatch& batch, const TokenScores& scores);
  void note(const LossInputs& in, const LossOutput& out, const at::Tensor& found_logprobs);
  void tell();
  void compute_anew();
  void settle(const Given& given);
  double mean_entropy() const;
  void check_finite(const char* what, double value) const;

  Policy& policy_;
  AdamW& optimizer_;
  LossFn loss_;
  Size size_;
  UpdateOptions options_;
  Packer packer_;
  UpdateStats stats_;
  int64_t num_groups_ = 0, num_tokens_ = 0;  // so far
  std::optional<FirstGroup> first_;          // where no group yet had something to say
  std::vector<Given> unsettled_;
  std::vector<Numbers> untold_;
  bool uses_records_;
  bool are_records_refuted_ = false;      // by a backward
  std::vector<PackedBatch> computed_;     // while records are used: to compute them anew
  std::vector<double> entropies_;         // summed over each micro-batch
  std::vector<double> entropies_unread_;  // recorded, summed over each group that is not read
  std::optional<bool> is_token_sum_;
  bool is_finished_ = false;
};

/// Sampled tokens of a group. Throws Error if a completion was cancelled.
int64_t sampled_tokens(const Group& group);

}  // namespace cohort
