// The CUDA half of cohort, behind a table of functions. It is a library of its own, libcohort_cuda, opened when a CUDA
// device is first asked for: who computes on a CPU does not wait for LibTorch's CUDA half.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>

#include "kernels/adamw.hpp"
#include "kernels/adamw_compact.hpp"
#include "kernels/advance_rows.hpp"
#include "kernels/attention.hpp"
#include "kernels/copy_blocks.hpp"
#include "kernels/embedding.hpp"
#include "kernels/gated_unit.hpp"
#include "kernels/grouped_linear.hpp"
#include "kernels/linear.hpp"
#include "kernels/move_rows.hpp"
#include "kernels/policy_loss.hpp"
#include "kernels/rms_norm.hpp"
#include "kernels/rotary.hpp"
#include "kernels/round_float8.hpp"
#include "kernels/route.hpp"
#include "kernels/scale_product.hpp"
#include "kernels/token_scores.hpp"

namespace cohort::kernels {

/// Runs a kernel on the current stream of a device.
template <typename Kernel>
using CudaBody = void (*)(const Kernel&, c10::Device);

template <template <typename> typename... Kernels>
using ForWeights =
    std::tuple<CudaBody<Kernels<float>>..., CudaBody<Kernels<bfloat16>>..., CudaBody<Kernels<double>>...>;
template <template <typename> typename... Kernels>
using ForActivations = std::tuple<CudaBody<Kernels<float>>..., CudaBody<Kernels<double>>...>;

/// All kernels with a body for CUDA. What is not here cannot be launched, what is here and has no body does not link.
using CudaBodies = decltype(std::tuple_cat(
    std::declval<
        ForWeights<AdamWUpdate, AdamWCompact, AttentionForward, AttentionBackward, CopyBlocks, EmbeddingForward,
                   GatedUnitForward, GatedUnitBackward, GatherRows, GroupedLinear, GroupedLinearBackwardInput,
                   GroupedLinearBackwardWeight, LinearForward, LinearBackwardInput, LinearBackwardWeight, PullWeights,
                   RotaryForward, TokenScoresForward, TokenScoresBackward, SampleTokens, WeighRows>>(),
    std::declval<ForActivations<AdvanceRows, CombineRows, EmbeddingBackward, PolicyLoss, RmsNormForward,
                                RmsNormBackward, RotaryBackward, RouteRows, RouteRowsBackward, SumOfSquares>>(),
    std::declval<std::tuple<CudaBody<GatedLinear>, CudaBody<RoundFloat8<float>>, CudaBody<RoundFloat8<bfloat16>>,
                            CudaBody<ScaleProduct>, CudaBody<SortVisits>>>()));

/// Calls that a device makes again, the same on the same memory.
class Recording {
 public:
  virtual ~Recording() = default;
  /// On the current stream.
  virtual void replay() = 0;
};

/// Makes recordings, of which no two run at the same time: they take what memory they need between calls from one
/// place.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// The calls of `work`, which are recorded only, not made. Waits for the current stream before.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work) = 0;
  /// To be called when all recordings are gone: gives up their memory.
  virtual void forget() = 0;
};

struct CudaLibrary {
  CudaBodies bodies;
  /// Whether kernels for sm_90a run there.
  bool (*is_hopper)(c10::Device);
  std::unique_ptr<Recorder> (*make_recorder)(c10::Device);
};

/// Whether cohort was built with it.
bool is_built_with_cuda();

/// The library, opened by the first call, which has to come before LibTorch is asked for CUDA: LibTorch looks once
/// whether its own CUDA half is there. Throws Error where cohort was built without CUDA, and where the library cannot
/// be opened, with file and reason.
const CudaLibrary& cuda_library();

/// The one in `file`; for tests, and only where cohort is shared.
const CudaLibrary& open_cuda_library(const std::filesystem::path& file);

/// What the library exports.
extern "C" const CudaLibrary* cohort_cuda_library();

}  // namespace cohort::kernels
