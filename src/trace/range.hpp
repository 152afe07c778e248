// Named stretches of a run for profilers that read NVTX (Nsight Systems). Free where none listens, nothing where cohort
// was built without CUDA: the only #ifdef of that in cohort.
#pragma once

#if defined(COHORT_CUDA) && __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#define COHORT_HAS_NVTX
#endif

namespace cohort::trace {

/// A stretch as long as the object lives. Stretches of a thread nest.
class Range {
 public:
#ifdef COHORT_HAS_NVTX
  explicit Range(const char* name) { nvtxRangePushA(name); }
  ~Range() { nvtxRangePop(); }
#else
  explicit Range(const char*) {}
  ~Range() {}
#endif
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
};

}  // namespace cohort::trace
