// Memory for what lives as long as a policy. No LibTorch: a checkpoint may be read while it starts.
#pragma once

#include <cstddef>
#include <memory>

namespace cohort::kernels {

/// `bytes` of undefined contents, aligned to 64. They lie side by side with others in pages of 2 MiB, which go back to
/// the system when nobody holds anything in them. From any thread.
std::shared_ptr<void> lasting_memory(std::size_t bytes);

}  // namespace cohort::kernels
