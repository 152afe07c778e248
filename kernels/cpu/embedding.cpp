#include "kernels/embedding.hpp"

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/threads.hpp"

namespace cohort::kernels {

template <typename W>
void EmbeddingForward<W>::run_cpu() const {
  parallel_for(rows, 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Activation<W>* const to = out + i * width;
      if (!weight) {
        unpack_column(panels, width, tokens[i], to);
        if (scale != 1) row_functions<Activation<W>>().scale(scale, to, to, width);
        continue;
      }
      const W* from = weight + tokens[i] * width;
      for (int64_t j = 0; j < width; ++j) to[j] = scale * to_float(from[j]);
    }
  });
}

template <typename T>
void EmbeddingBackward<T>::run_cpu() const {
  // By columns, so that a token that occurs twice is added up in the order of rows by one thread.
  parallel_for(width, 64, [&](int64_t begin, int64_t end) {
    const auto axpy = row_functions<T>().axpy;
    for (int64_t i = 0; i < rows; ++i)
      axpy(scale, grad + i * width + begin, grad_weight + tokens[i] * width + begin, end - begin);
  });
}

template struct EmbeddingForward<float>;
template struct EmbeddingForward<bfloat16>;
template struct EmbeddingForward<double>;
template struct EmbeddingBackward<float>;
template struct EmbeddingBackward<double>;

}  // namespace cohort::kernels
