// Steps of decoding in a row. What one step hands the next stays where the policy is: the host says once what the rows
// are, and learns what each step drew while the next ones run.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cohort/rollout.hpp"
#include "kernels/advance_rows.hpp"
#include "src/models/transformer.hpp"
#include "src/rollout/step_runner.hpp"

namespace cohort::rollout {

/// A row as a window of steps finds it.
struct RowStart {
  int64_t token, position;  // the last token of prompt and completion so far
  int64_t problem, completion;
  int64_t draws, limit;                   // tokens of the completion: drawn, and at most
  std::span<const int32_t> blocks;        // of all positions that the window will write
  RecordedActivations* record = nullptr;  // of the completion, on a CPU, where what is computed is kept
};

class Steps {
 public:
  Steps(models::Transformer& model, const RolloutOptions& options, std::span<const int64_t> stops);

  /// Blocks at the beginning of a cache that no sequence may own: rows that are over write there.
  int64_t spare_blocks(int64_t most_rows) const;

  /// Of the rollout that begins: the number that keys its random numbers, rows at most, blocks of the longest row at
  /// most, steps of a window at most.
  void begin(const models::KvCache& cache, int64_t step, int64_t most_rows, int64_t most_blocks, int64_t most_steps);

  /// Starts `steps` steps. The last rows may have no token yet: theirs is predicted by `fresh`, hidden states [rows,
  /// hidden] of the ends of their prompts, or undefined where there are none. The first step reads the last token of
  /// the others. Returns before the device is done.
  void run(std::span<const RowStart> rows, const at::Tensor& fresh, int64_t steps);

  /// Waits for step `index` of run(): what its rows drew.
  std::span<const kernels::DrawnToken> drawn(int64_t index);

 private:
  // Names of the columns of `numbers_`.
  enum Column { kToken, kPosition, kSlot, kProblem, kCompletion, kDraws, kLimit, kEnded, kColumns };

  // The first rows of the columns, as the ops take them. Kept, for making them takes longer than a small model's layer.
  struct View {
    int64_t rows = -1;
    models::TokenBatch batch;
    ops::DrawKeys keys;
    ops::DecodedRows decoded;
  };

  // A row whose activations are kept.
  struct RecordedRow {
    int64_t row;
    RecordedActivations* record;
  };

  const View& view(int64_t rows);
  void fill(std::span<const RowStart> rows, int64_t padded);
  void open(int64_t rows, const at::Tensor& fresh);
  void step(int64_t rows);
  at::Tensor read(int64_t rows);
  std::vector<RecordedRow> begin_records(int64_t rows) const;
  void draw(const at::Tensor& hidden, int64_t rows);
  void send(int64_t index);

  models::Transformer& model_;
  const models::KvCache* cache_ = nullptr;
  const RolloutOptions& options_;
  kernels::Filters filters_;
  std::unique_ptr<StepRunner> runner_;
  int64_t most_rows_ = 0, most_blocks_ = 0, rows_ = 0;
  std::vector<const void*> cache_places_;

  // On the policy's device, and what is copied there before a window; the same tensors on the CPU.
  at::Tensor numbers_, host_numbers_;    // [kColumns, rows] int64
  at::Tensor places_, host_places_;      // first_position [rows], then the block table [rows, blocks]; int32
  at::Tensor cu_queries_, stops_, key_;  // [rows + 1] int32, [stops] int64, [1] int64
  View view_;
  std::vector<RecordedActivations*> records_;         // of the rows of run(); null where nothing is kept
  at::Tensor results_;                                // [rows, kDrawnTokenWords] int64
  std::vector<at::Tensor> host_results_;              // by step of a window
  std::vector<std::unique_ptr<c10::Event>> arrived_;  // likewise; none on the CPU
};

}  // namespace cohort::rollout
