// What a drawn token makes of the row that drew it, so that the next step of decoding can begin without the host: the
// token is to be read next, at the next position, unless it ends the completion.
//
// A row that has ended goes through the following steps like the others, for a recorded step has the same rows each
// time. It reads its last token again at position 0, and its keys and values go to slot `row`, in blocks that belong to
// no sequence. Nobody looks at what it draws.
#pragma once

#include <cstdint>

#include "kernels/token_scores.hpp"

namespace cohort::kernels {

/// What the host learns of one draw; wide enough for every policy.
struct DrawnToken {
  int64_t token;
  double logprob, entropy, max_logit, log_sum;  // the last three as in RowSummary
};
constexpr int64_t kDrawnTokenWords = sizeof(DrawnToken) / sizeof(int64_t);

template <typename T>
struct AdvanceRows {
  const int64_t* drawn;          // [rows]
  const T* logprobs;             // [rows]
  const RowSummary<T>* summary;  // [rows]
  const int32_t* block_table;    // [rows, max_blocks]
  const int64_t* limits;         // [rows] tokens of a completion at most
  const int64_t* stops;          // [num_stops] tokens that end a completion
  int64_t* tokens;               // [rows] in and out: the last token of each row
  int64_t* positions;            // [rows] in and out: its position
  int64_t* slots;                // [rows] in and out: where its keys and values go
  int32_t* first_position;       // [rows] out: positions again, as attention reads them
  int64_t* draws;                // [rows] in and out: tokens drawn so far
  int64_t* ended;                // [rows] in and out: 1 for a row that is over
  DrawnToken* results;           // [rows] out
  int64_t rows, max_blocks, num_stops;

  COHORT_HOST_DEVICE void advance(int64_t row) const {
    const int64_t token = drawn[row];
    const RowSummary<T>& of = summary[row];
    results[row] = {token, static_cast<double>(logprobs[row]), static_cast<double>(of.entropy),
                    static_cast<double>(of.max_logit), static_cast<double>(of.log_sum)};
    if (ended[row]) return;
    draws[row] += 1;
    bool is_over = draws[row] >= limits[row];
    for (int64_t i = 0; i < num_stops; ++i) is_over |= stops[i] == token;
    if (is_over) {
      ended[row] = 1;
      positions[row] = 0;
      first_position[row] = 0;
      slots[row] = row;
      return;
    }
    const int64_t position = positions[row] + 1;
    tokens[row] = token;
    positions[row] = position;
    first_position[row] = static_cast<int32_t>(position);
    slots[row] = block_table[row * max_blocks + position / kBlockTokens] * kBlockTokens + position % kBlockTokens;
  }

  void run_cpu() const;
  void run_cuda(CUstream_st* stream) const;
};

}  // namespace cohort::kernels
