// Attention on Hopper's tensor cores (sm_90a), for the launchers of attention.cu.
#pragma once

#include "kernels/attention.hpp"

namespace cohort::kernels {

/// Many rows. Without an output only log_sums are computed.
bool fits_hopper(const AttentionForward<bfloat16>& op);
void run_hopper(const AttentionForward<bfloat16>& op, CUstream_st* stream);

/// Whether the current device and the op's head_dim are ones that the kernels are made for.
bool fits_hopper(const AttentionBackward<bfloat16>& op);
/// Launches them. Caches, q, out and dout begin at multiples of 16 bytes.
void run_hopper(const AttentionBackward<bfloat16>& op, CUstream_st* stream);

}  // namespace cohort::kernels
