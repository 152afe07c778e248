// The kernels on tensors: what a policy is made of. Every forward op treats a row the same whatever rows stand beside
// it, but products in Mode::fast and in float8. Activations are float32 (float64 for float64 weights); gradients named
// d… that are passed in are added to.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <utility>

#include "kernels/copy_blocks.hpp"
#include "kernels/token_scores.hpp"

namespace cohort::ops {

using at::Tensor;

/// A weight [out, in] and the forms that products read it in: panels on the CPU, itself on a GPU. The transposed ones
/// serve the backward. Weights of experts, [groups · out, in], are packed one by one.
struct PackedWeight {
  Tensor weight;
  Tensor panels, transposed_panels;
  int64_t groups = 1;
};
/// How many numbers the panels of a weight of this shape and dtype hold on a CPU.
int64_t panels_numel(const Tensor& weight, int64_t groups = 1);
/// Fills the panels from the weight as it is now, in memory that is taken once and used again.
void pack(PackedWeight& packed);
/// The same for the transposed ones, in memory of their own.
void pack_transposed(PackedWeight& packed);

at::ScalarType activation_dtype(at::ScalarType weights);
/// x rounded to the weights' dtype, as a product that it meets would round it. An operand is what comes so already.
Tensor as_operand(const Tensor& x, at::ScalarType weights);

/// weight [vocab, width], tokens [rows] int64 → scale · rows of it [rows, width]. From the panels where the weight has
/// no memory.
Tensor embedding(const Tensor& weight, const Tensor& tokens, const Tensor& panels = {}, double scale = 1);
void embedding_backward(const Tensor& grad, const Tensor& tokens, const Tensor& dweight, double scale = 1);

/// x [rows, in], exact or an operand → x · Wᵀ + bias + residual [rows, out], in y where given; bias and residual
/// [rows, out] may be undefined.
Tensor linear(const Tensor& x, const PackedWeight& weight, const Tensor& bias, const Tensor& residual = {},
              Tensor y = {}, kernels::Mode mode = kernels::Mode::exact);
/// dx in `dtype`, if that is given: an operand's.
Tensor linear_backward_input(const Tensor& dy, const PackedWeight& weight, std::optional<at::ScalarType> dtype = {});
/// What meets bfloat16 weights is rounded in the backward as well: `weights` is their dtype. dbias may be undefined.
void linear_backward_weight(at::ScalarType weights, const Tensor& dy, const Tensor& x, const Tensor& dweight,
                            const Tensor& dbias);

/// A weight of eight bits: integers in panels (kernels/quantised.hpp), for the body of the CPU's kernels that rounded
/// them, or rows of float8 (kernels/round_float8.hpp), for tensor cores.
struct QuantisedWeight {
  Tensor panels;   // of integers, or [out, in] of float8
  Tensor scales;   // [out]
  Tensor offsets;  // [out], of integers
  Tensor one;      // [1], of float8: what their product is multiplied by
};
void quantise(const Tensor& weight, QuantisedWeight& quantised);         // integers, on the CPU
void quantise_float8(const Tensor& weight, QuantisedWeight& quantised);  // out and in multiples of 16
/// linear() with the weight and each row of x rounded to eight bits. x exact, or beside float8 an operand; whose rows
/// may know their batch, for the product is LibTorch's.
Tensor linear(const Tensor& x, const QuantisedWeight& weight, const Tensor& bias, const Tensor& residual = {},
              Tensor y = {});

struct Normed {
  Tensor y;        // [rows, width]
  Tensor inv_rms;  // [rows]
};
/// y in `dtype`, if that is given: an operand's.
Normed rms_norm(const Tensor& x, const Tensor& weight, double epsilon, std::optional<at::ScalarType> dtype = {});
void rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inv_rms, const Tensor& dx,
                       const Tensor& dweight);

struct HeadShape {
  int64_t heads, kv_heads, head_dim;
};

/// Norm weights of q and k heads, and their gradients; all undefined where there are none.
struct HeadNorms {
  Tensor q, k, dq, dk;
  double epsilon = 0;
};

/// cos and sin [max_position, head_dim / 2].
struct RotaryTables {
  Tensor cos, sin;
};

/// Keys and values of one layer, in blocks of 32 tokens (kernels/rotary.hpp), of the weights' dtype.
struct CacheLayer {
  Tensor keys, values;
};

/// qkv [rows, (heads + 2·kv_heads)·head_dim] → q [rows, heads·head_dim], on a GPU an operand: a CPU scales it
/// before rounding. k and v go into the cache at `slots`.
Tensor rotary(const Tensor& qkv, const HeadNorms& norms, const RotaryTables& tables, const Tensor& positions,
              const Tensor& slots, const CacheLayer& cache, HeadShape shape);
/// → dqkv, an operand of `weights`
Tensor rotary_backward(const Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& qkv, const HeadNorms& norms,
                       const RotaryTables& tables, const Tensor& positions, HeadShape shape, at::ScalarType weights);

using kernels::BlockCopy;
/// As [copies, 3] int32 on the device; undefined where there are none.
Tensor block_copies(at::ArrayRef<BlockCopy> copies, c10::Device device);
/// Copies those beginnings of blocks (kernels/copy_blocks.hpp); none where `copies` is undefined.
void copy_blocks(const CacheLayer& cache, const Tensor& copies, HeadShape shape);

/// Which tokens of which sequences a forward brings (kernels/attention.hpp).
struct Sequences {
  Tensor cu_queries;      // [sequences + 1] int32
  Tensor first_position;  // [sequences] int32
  Tensor block_table;     // [sequences, max_blocks] int32
  Tensor families;        // [families + 1] int32; only the backward reads it
};

/// q [rows, heads·head_dim], exact or an operand → [rows, heads·head_dim], an operand, or of `dtype`, if that is given.
/// Where given, `log_sums` becomes what the backward would otherwise find again, [rows, heads] float32, or undefined
/// where it reads none.
Tensor attention(const Tensor& q, const CacheLayer& cache, const Sequences& sequences, HeadShape shape,
                 Tensor* log_sums = nullptr, std::optional<at::ScalarType> dtype = {});

struct AttentionGradients {
  Tensor dq, dk, dv;
};
/// q, out and dout exact or operands; log_sums may be undefined.
AttentionGradients attention_backward(const Tensor& q, const CacheLayer& cache, const Tensor& out, const Tensor& dout,
                                      const Sequences& sequences, HeadShape shape, const Tensor& log_sums = {});

using kernels::Gate;
/// gate_up [rows, 2·width] → gate·open(gate)·up [rows, width], an operand of `weights`; where given, `kept`
/// [rows, 2·width] of the weights' dtype receives what the backward reads.
Tensor gated_unit(const Tensor& gate_up, Gate kind, at::ScalarType weights, const Tensor& kept = {});
/// gated_unit() of linear(): the same bits, and on a CPU or a Hopper without the projection's way through memory.
Tensor gated_linear(const Tensor& x, const PackedWeight& weight, const Tensor& bias, Gate kind, const Tensor& kept = {},
                    kernels::Mode mode = kernels::Mode::exact);
struct GatedGradients {
  Tensor y;  // again
  Tensor dgate_up;
};  // operands
GatedGradients gated_unit_backward(const Tensor& dy, const Tensor& kept, Gate kind);
/// gated_unit_backward() of linear_backward_input(): the same bits, and on a CPU without dy's way through memory.
GatedGradients gated_backward_input(const Tensor& dy, const PackedWeight& weight, const Tensor& kept, Gate kind);

/// Which experts the rows of a layer visit (kernels/route.hpp).
struct Visits {
  Tensor chosen, weights;      // [rows, per_row]: int32, and of the logits' dtype
  Tensor order, places, ends;  // int32: [rows · per_row] twice, [experts]

  int64_t count() const { return order.numel(); }
  int64_t per_row() const { return chosen.size(1); }
};
/// logits [rows, experts]; the weights of a row's experts add up to 1 if `normalised`.
Visits route(const Tensor& logits, int64_t per_row, bool normalised);
/// pulls [visits], of pull_weights() → dlogits [rows, experts]
Tensor route_backward(const Visits& visits, const Tensor& logits, const Tensor& pulls, bool normalised);

/// x [rows, width] → [visits, width], the row of each visit, by place.
Tensor gather_visits(const Tensor& x, const Visits& visits);
/// The same times the visit's weight: an operand of `weights`.
Tensor weigh_visits(const Tensor& x, const Visits& visits, at::ScalarType weights);
/// x [visits, width] by place → by number, in y where given; and back.
Tensor to_numbers(const Tensor& x, const Visits& visits, Tensor y = {});
Tensor to_places(const Tensor& x, const Visits& visits);
/// y = residual + Σ weight · x over each row's visits [rows, width], which may be the residual. x [visits, width] by
/// place, exact; each counts 1 where it is not weighed.
void combine_visits(const Tensor& x, const Visits& visits, bool is_weighed, const Tensor& residual, const Tensor& y);
/// What route_backward() reads, by what gated_backward_input() of weighed rows gave [visits, 2 · width].
Tensor pull_weights(const Tensor& dgate_up, const Tensor& kept, const Visits& visits);

/// gated_linear(), linear() and their gradients of each expert's visits and weight; rows by place, operands.
Tensor grouped_gated_linear(const Tensor& x, const PackedWeight& weight, const Visits& visits, Gate kind,
                            const Tensor& kept = {}, kernels::Mode mode = kernels::Mode::exact);
Tensor grouped_linear(const Tensor& x, const PackedWeight& weight, const Visits& visits,
                      kernels::Mode mode = kernels::Mode::exact);
/// What Mode::fast takes on a Hopper: LibTorch's product, bfloat16, in whatever order, rounded to bfloat16. in and out
/// multiples of 8.
Tensor grouped_linear_by_library(const Tensor& x, const PackedWeight& weight, const Visits& visits);
Tensor grouped_backward_input(const Tensor& dy, const PackedWeight& weight, const Visits& visits);
GatedGradients grouped_gated_backward_input(const Tensor& dy, const PackedWeight& weight, const Tensor& kept,
                                            const Visits& visits, Gate kind);
void grouped_backward_weight(const Tensor& dy, const Tensor& x, const Visits& visits, const Tensor& dweight);

struct Scores {
  Tensor logprobs, entropy;  // [rows]
  Tensor summary;            // [rows, 4] RowSummary, what the backward reads (kernels/token_scores.hpp)
};
/// hidden [rows, width], targets [rows] int64
Scores token_scores(const Tensor& hidden, const PackedWeight& head, const Tensor& targets, kernels::Filters filters);
/// → dhidden; dentropy may be undefined. Where given, `logprobs` [rows] receives those of the targets by `summary` and
/// the logits as they are now; a row without a gradient may be left as it was.
Tensor token_scores_backward(const Tensor& dlogprobs, const Tensor& dentropy, const Tensor& hidden,
                             const PackedWeight& head, const Tensor& targets, const Tensor& summary,
                             kernels::Filters filters, const Tensor& dweight, const Tensor& logprobs = {});

/// Who draws: row i is position[i] of completion[i] of problem[i], all int64 [rows]; step int64 [1].
struct DrawKeys {
  uint64_t seed;
  Tensor step, problem, completion, position;
};
struct Drawn {
  Tensor tokens, logprobs;  // [rows]
  Tensor summary;           // [rows, 4], as of Scores
};
Drawn sample(const Tensor& hidden, const PackedWeight& head, kernels::Filters filters, bool greedy,
             const DrawKeys& keys);

/// The rows of a step of decoding (kernels/advance_rows.hpp), all of one length but for stops. int64, where not said.
struct DecodedRows {
  Tensor block_table;  // [rows, max_blocks] int32
  Tensor limits, stops;
  Tensor tokens, positions, slots;
  Tensor first_position;  // int32
  Tensor draws, ended;
};
/// Gives each row the token it drew; results [rows, kDrawnTokenWords] int64 are DrawnTokens.
void advance_rows(const Drawn& drawn, const DecodedRows& rows, const Tensor& results);

struct AdamWStep {
  float lr, beta1, beta2, epsilon, weight_decay, grad_scale, correction1, correction2;
};
/// master, m, v float32, all of weight's shape.
void adamw(const AdamWStep& step, const Tensor& master, const Tensor& m, const Tensor& v, const Tensor& grad,
           const Tensor& weight);
/// What a compact AdamW keeps of a parameter (kernels/adamw_compact.hpp).
struct CompactStates {
  Tensor master;              // float32, or undefined: the weight is its own
  Tensor m, v;                // float32; or int8 and uint8, with
  Tensor m_scales, v_scales;  // float32, one for each 256 elements
};
CompactStates compact_states(const Tensor& weight, c10::Device device, bool has_master, bool has_codes);
/// Which random numbers round a weight without a master.
struct RoundingKeys {
  uint64_t seed;
  int64_t parameter, step;
};
void adamw(const AdamWStep& step, const CompactStates& states, RoundingKeys keys, const Tensor& grad,
           const Tensor& weight);
/// Σ x² of all tensors, which are on one device, in float64 and in one fixed order.
double sum_of_squares(at::ArrayRef<Tensor> tensors);

}  // namespace cohort::ops
