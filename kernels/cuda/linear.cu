#include "kernels/cuda/column_sums.cuh"
#include "kernels/cuda/product.cuh"
#include "kernels/linear.hpp"

namespace cohort::kernels {
namespace {

template <typename T>
struct Element {
  const T* data;
  int64_t columns;
  __device__ auto operator()(int64_t i, int64_t j) const { return to_float(data[i * columns + j]); }
};
template <typename T>
Element<T> make_element(const T* data, int64_t columns) {
  return {data, columns};
}

// Calls use with the one of the two that is there.
template <typename W, typename Use>
void with_either(const Activation<W>* exact, const W* rounded, Use use) {
  if constexpr (!std::is_same_v<W, Activation<W>>)
    if (rounded) return use(rounded);
  use(exact);
}

__global__ void __launch_bounds__(kElementThreads) round_elements(const float* from, int64_t size, bfloat16* to) {
  const int64_t i = element_index();
  if (i < size) to[i] = to_bfloat16(from[i]);
}

// A product whose result is wanted rounded only: the library's own way, if it knows one.
template <typename A, typename B>
void multiply_rounded(const char* name, const A& a, const B& b, int64_t depth, bfloat16* result, cudaStream_t stream) {
  const RoundedSide<A::kByDepth> rows(a, depth, false, stream);
  const RoundedSide<B::kByDepth> columns(b, depth, false, stream);
  LibraryProduct product{rows.side().data,   columns.side().data,   a.size,      b.size,      depth,
                         rows.side().stride, columns.side().stride, A::kByDepth, B::kByDepth, nullptr};
  product.rounded_result = result;
  if (run_by_library(name, product, stream)) return;
  const Scratch<float> exact(a.size * b.size, stream);
  launch_sides(name, rows.side(), columns.side(), depth, Result<float>{exact.data()}, stream, Mode::fast);
  launch_elements(name, round_elements, a.size * b.size, stream, exact.data(), a.size * b.size, result);
}

// Rows that a weight's gradient adds up at once. Where it has few tiles and rows are many, cuBLASLt takes a kernel that
// is seven times slower (an H200, 896 x 896 by 16,384 rows: 359 us, and by 8,192: 24 us).
int64_t rows_of_part(int64_t rows, int64_t out, int64_t in) {
  constexpr int64_t kFewElements = 56 * 128 * 128, kMostRows = 8192;
  if (out * in > kFewElements) return rows;
  const int64_t parts = ceil_divide(rows, kMostRows);
  return ceil_divide(ceil_divide(rows, parts), kChunkElements) * kChunkElements;
}

template <typename W, bool kDepthContiguous, typename T>
Operand<W, T, kDepthContiguous> operand_of(const T* data, int64_t size, int64_t stride) {
  return {data, size, stride};
}

}  // namespace

template <typename W>
void LinearForward<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  with_either<W>(x, rounded_x, [&](const auto* x) {
    const auto a = operand_of<W, true>(x, rows, in);
    const Operand<W, W, true> b{weight, out, in};
    launch_product("linear forward", a, b, in, Result<Activation<W>>{y, false, bias, residual}, stream, mode);
  });
}

void GatedLinear::run_cuda(cudaStream_t stream) const {
  const RoundedSide<true> a(Operand<bfloat16, bfloat16, true>{x, rows, in}, in, false, stream);
  const RoundedSide<true> b(Operand<bfloat16, bfloat16, true>{weight, 2 * width, in}, in, true, stream);
  multiply_gated_on_hopper("gated linear", a.side(), b.side(), in, kind, bias, y, kept, stream);
}

template <typename W>
void LinearBackwardInput<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  with_either<W>(dy, rounded_dy, [&](const auto* dy) {
    const auto a = operand_of<W, true>(dy, rows, out);
    const Operand<W, W, false> b{weight, in, in};
    if constexpr (std::is_same_v<W, bfloat16>)
      if (rounded_dx) return multiply_rounded("linear backward input", a, b, out, rounded_dx, stream);
    launch_product("linear backward input", a, b, out, Result<Activation<W>>{dx}, stream, Mode::fast);
  });
}

template <typename W>
void LinearBackwardWeight<W>::run_cuda(cudaStream_t stream) const {
  if (rows == 0) return;
  const int64_t part = rows_of_part(rows, out, in);
  with_either<W>(dy, rounded_dy, [&](const auto* dy) {
    with_either<W>(x, rounded_x, [&](const auto* x) {
      for (int64_t first = 0; first < rows; first += part) {
        const auto a = operand_of<W, false>(dy + first * out, out, out);
        const auto b = operand_of<W, false>(x + first * in, in, in);
        launch_product("linear backward weight", a, b, min(part, rows - first), Result<Activation<W>>{dweight, true},
                       stream, Mode::fast);
      }
    });
    if (dbias) add_column_sums("linear backward bias", make_element(dy, out), rows, out, dbias, stream);
  });
}

template struct LinearForward<float>;
template struct LinearForward<bfloat16>;
template struct LinearForward<double>;
template struct LinearBackwardInput<float>;
template struct LinearBackwardInput<bfloat16>;
template struct LinearBackwardInput<double>;
template struct LinearBackwardWeight<float>;
template struct LinearBackwardWeight<bfloat16>;
template struct LinearBackwardWeight<double>;

}  // namespace cohort::kernels
