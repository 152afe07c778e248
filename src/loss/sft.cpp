#include <ATen/TensorOperators.h>

#include "cohort/loss.hpp"

namespace cohort {

LossFn sft_loss() {
  return [](const LossInputs& in) -> LossOutput {
    return {.loss = -in.logprobs.sum() / static_cast<double>(in.step_tokens), .metrics = {}};
  };
}

}  // namespace cohort
