// The door to attention_hopper.cu, which is compiled for sm_90a alone.
#pragma once

#include "kernels/attention.hpp"

namespace cohort::kernels {

/// Whether this device and head_dim are what it is for.
bool fits_hopper(const AttentionForward<bfloat16>& op);

/// Many rows. `log_sums`, if not null, takes log₂ Σ 2^(score · log₂ e) of each row and head; without an output of op it
/// is all that is computed.
void attention_on_hopper(const AttentionForward<bfloat16>& op, float* log_sums, CUstream_st* stream);

}  // namespace cohort::kernels
