// The inner loops of the CPU kernels, compiled once per instruction set and chosen at run time.
//
// Every loop treats a row, and every output element, the same whatever rows stand beside it: sums run in one fixed
// order that depends on the length alone. That is what makes sampling and training agree to the bit.
#pragma once

#include <cstdint>

#include "kernels/types.hpp"

namespace cohort::kernels {

/// Columns of one panel of B: two AVX-512 registers, four of AVX2.
constexpr int64_t kPanelColumns = 32;
/// Rows of one panel of A: a whole number of the pieces that each body keeps in registers (12, 6 or 4 rows). Beside a B
/// in bfloat16 a body may have another number of its own.
constexpr int64_t kPanelRows = 12;

/// How a product meets what is in C already.
enum class Write {
  store,   // C = A·B
  resume,  // the sum over k goes on from C: two calls over halves of k equal one over all of it, if cut at whole 64
           // bytes
};

/// C[m, columns] from A[m, k] and panels of 32 columns of B, `next_panel` elements apart and with `ldb` elements
/// between rows of k; all 32 columns of the last panel are read. For bfloat16, k counts pairs: A and B hold elements
/// 2k and 2k + 1 side by side. A lies as Left says (gemm.hpp); `lda` counts elements from row to row, or from panel to
/// panel where A lies in panels.
template <typename B, typename C>
using TileFunction = void (*)(int64_t m, int64_t k, const void* a, int64_t lda, const B* b, int64_t ldb,
                              int64_t next_panel, C* c, int64_t ldc, int64_t columns, Write write);

/// The same product of A in rows and of A in panels: equal to the bit.
template <typename B, typename C>
struct TileFunctions {
  TileFunction<B, C> rows, panels;
};

struct SoftmaxStats {
  double max, sum;  // of the row; sum of exp((x − max) · scale)
};

/// Loops of one kind of gate over elementwise spans.
template <typename T>
struct GateFunctions {
  /// y = gate · open(gate) · up.
  void (*forward)(const T* gate, const T* up, T* y, int64_t n);
  void (*backward)(const T* dy, const T* gate, const T* up, T* y, T* dgate, T* dup, int64_t n);
};

/// Loops over one row of `n`, or over elementwise spans.
template <typename T>
struct RowFunctions {
  /// y = x · inv · weight, inv = 1 / √(mean(x²) + ε), which is returned.
  T (*rms_norm)(const T* x, const T* weight, T* y, int64_t n, T epsilon);
  /// dx += dL/dx; `inv` as returned by the forward.
  void (*rms_norm_backward)(const T* dy, const T* x, const T* weight, T inv, T* dx, int64_t n);
  /// dweight += dL/dweight of one row, or of some of its columns.
  void (*rms_norm_weight_grad)(const T* dy, const T* x, T inv, T* dweight, int64_t n);
  GateFunctions<T> gates[kGates];  // in the order of Gate
  /// Rotates the halves of a head: (x₁, x₂) → (x₁·cos − x₂·sin, x₂·cos + x₁·sin); sign −1 turns back.
  void (*rope)(const T* x, T* y, const T* cos, const T* sin, T sign, int64_t half);
  /// x[i] = exp(x[i] − max) for i < n, 0 for n ≤ i < padded (a multiple of 32); returns their sum.
  T (*softmax)(T* x, int64_t n, int64_t padded);
  /// p = factor · p, a row of probabilities; dp, its gradient, becomes that of the scores: p · (dp − expected).
  void (*softmax_backward)(T* p, T* dp, T factor, T expected, int64_t n);
  /// y[i] = exp(x[i] · scale − max · scale); stats of the row. y may be x.
  SoftmaxStats (*exponentials)(const T* x, T* y, T scale, int64_t n);
  /// x[i] = factor · exp(x[i] · scale − logsumexp).
  void (*softmax_gradient)(T* x, T factor, T scale, T logsumexp, int64_t n);
  /// Σ y[i] · x[i], in fixed lanes.
  T (*dot)(const T* x, const T* y, int64_t n);
  /// y += a · x.
  void (*axpy)(T a, const T* x, T* y, int64_t n);
  /// y = a · x.
  void (*scale)(T a, const T* x, T* y, int64_t n);
  /// Σ x² in float64.
  double (*sum_of_squares)(const T* x, int64_t n);
};

struct AdamWStep {
  float lr, beta1, beta2, epsilon, weight_decay, grad_scale;
  float correction1, correction2;  // 1 − βᵗ
};

struct Isa {
  const char* name;
  TileFunctions<float, float> tile;
  TileFunctions<bfloat16, float> tile_bfloat16;  // A and B in pairs
  /// Bytes of an element of A beside a B in bfloat16: 2, or 4 where a body that would have to unpack it in the
  /// innermost loop takes it as float32, rounded to bfloat16.
  int64_t left_bytes;
  /// Rows of a panel of such an A, and elements of k that stand together in it: steps [depth][rows] by pairs where that
  /// is 2, else [rows][depth].
  int64_t left_panel_rows, left_panel_depth;
  TileFunction<int8_t, int32_t> tile_int8;  // A in unsigned, B in signed bytes, both in fours
  /// Whether that sums two products in 16 bits: two B side by side then have a sum of at most 128.
  bool int8_in_pairs;
  RowFunctions<float> rows;
  void (*to_bfloat16)(const float* x, bfloat16* y, int64_t n);
  void (*from_bfloat16)(const bfloat16* x, float* y, int64_t n);
  /// x rounded to bfloat16, as such an A.
  void (*to_left)(const float* x, void* y, int64_t n);
  /// One step of all panels of B: pair j of a panel is first[j] and second[j], rounded to bfloat16. Absent columns of
  /// the last panel are zero. `next_panel` counts pairs.
  void (*to_panels)(const float* first, const float* second, uint32_t* pairs, int64_t n, int64_t next_panel);
  /// The same of A, whose step takes `left_panel_depth` rows of the source.
  void (*to_left_panels)(const float* const* rows, void* pairs, int64_t n, int64_t next_panel);
  /// Both from numbers that are bfloat16 already.
  void (*bfloat16_to_panels)(const bfloat16* first, const bfloat16* second, uint32_t* pairs, int64_t n,
                             int64_t next_panel);
  void (*bfloat16_to_left_panels)(const bfloat16* const* rows, void* pairs, int64_t n, int64_t next_panel);
  /// x as bytes around 128, scaled so that the largest |x| becomes 127; returns the scale: x ≈ (q − 128) · scale. The
  /// scale of a row that is not finite is not.
  float (*quantise)(const float* x, uint8_t* q, int64_t n);
  /// y[j] = (sums[j] − offsets[j]) · (scale · scales[j]).
  void (*dequantise)(const int32_t* sums, const int32_t* offsets, const float* scales, float scale, float* y,
                     int64_t n);
  void (*adamw)(const AdamWStep& step, float* master, float* m, float* v, const float* grad, int64_t n);
  /// Where a body's products need registers set up: does so for those of this thread up to the release.
  void (*hold)();
  void (*release)();
};

/// The best body this machine can run, or the one that COHORT_CPU_ISA names ("portable", "avx2", "avx512", "amx").
/// Throws Error if that is unknown or beyond the machine.
const Isa& isa();

/// Bodies this machine can run, best last.
int num_isas();
const Isa& isa_at(int index);

/// For tests: makes isa() return the body of that index.
void force_isa(int index);

/// Around many small products of one thread: what they need set up is set up once. Nothing else may run in between that
/// uses such registers; they do not nest over a change of the body.
class ManyProducts {
 public:
  ManyProducts() : release_(isa().release) {
    if (release_) isa().hold();
  }
  ~ManyProducts() {
    if (release_) release_();
  }
  ManyProducts(const ManyProducts&) = delete;
  ManyProducts& operator=(const ManyProducts&) = delete;

 private:
  void (*release_)();
};

template <typename T>
const RowFunctions<T>& row_functions();  // float: the chosen body's; double: the portable ones
template <typename T>
const GateFunctions<T>& gate_functions(Gate kind) {
  return row_functions<T>().gates[static_cast<int>(kind)];
}

/// The float64 tiles, for references and finite differences.
TileFunctions<double, double> tile_double();

}  // namespace cohort::kernels
