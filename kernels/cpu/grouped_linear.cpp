#include "kernels/grouped_linear.hpp"

#include <type_traits>

#include "kernels/cpu/experts.hpp"
#include "kernels/cpu/gemm.hpp"
#include "kernels/linear.hpp"

namespace cohort::kernels {
namespace {

// An operand where LinearForward and its gradients look for it: exact, or rounded.
template <typename W>
const Activation<W>* exact([[maybe_unused]] const W* x) {
  if constexpr (std::is_same_v<W, Activation<W>>) return x;
  return nullptr;
}
template <typename W>
const W* rounded([[maybe_unused]] const W* x) {
  return std::is_same_v<W, Activation<W>> ? nullptr : x;
}

}  // namespace

template <typename W>
void GroupedLinear<W>::run_cpu() const {
  for_each_expert(ends, experts, [&](int64_t e, int64_t first, int64_t count) {
    const W* const from = x + first * in;
    LinearForward<W>{exact(from), nullptr,      panels + e * panels_size<W>(out, in),
                     nullptr,     nullptr,      y + first * out,
                     count,       in,           out,
                     Mode::exact, rounded(from)}
        .run_cpu();
  });
}

template <typename W>
void GroupedLinearBackwardInput<W>::run_cpu() const {
  for_each_expert(ends, experts, [&](int64_t e, int64_t first, int64_t count) {
    const W* const from = dy + first * out;
    LinearBackwardInput<W>{exact(from), nullptr,      panels + e * panels_size<W>(in, out), dx + first * in, count, in,
                           out,         rounded(from)}
        .run_cpu();
  });
}

template <typename W>
void GroupedLinearBackwardWeight<W>::run_cpu() const {
  for_each_expert(ends, experts, [&](int64_t e, int64_t first, int64_t count) {
    const W *const left = dy + first * out, *const right = x + first * in;
    LinearBackwardWeight<W>{exact(left), exact(right), dweight + e * out * in, nullptr,       count,
                            in,          out,          rounded(left),          rounded(right)}
        .run_cpu();
  });
}

template struct GroupedLinear<float>;
template struct GroupedLinear<bfloat16>;
template struct GroupedLinear<double>;
template struct GroupedLinearBackwardInput<float>;
template struct GroupedLinearBackwardInput<bfloat16>;
template struct GroupedLinearBackwardInput<double>;
template struct GroupedLinearBackwardWeight<float>;
template struct GroupedLinearBackwardWeight<bfloat16>;
template struct GroupedLinearBackwardWeight<double>;

}  // namespace cohort::kernels
