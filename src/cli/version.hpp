#pragma once

namespace cohort::cli {

/// Versions, the CPU body that kernels use, and devices, to stdout.
void print_version();

}  // namespace cohort::cli
