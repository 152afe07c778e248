// Which weights a model has, as its forward uses them: matrices that meet the same input are one.
#pragma once

#include <string>
#include <vector>

#include "cohort/model_config.hpp"

namespace cohort::models {

/// Rows of a weight that a checkpoint knows by a name of their own.
struct WeightPart {
  std::string name;
  int64_t first_row, rows;
};

struct PlannedWeight {
  enum Slot {
    embedding,
    input_norm,
    qkv,
    qkv_bias,
    q_norm,
    k_norm,
    output,
    output_bias,
    post_norm,
    router,
    gate_up,
    gate_up_bias,
    down,
    down_bias,
    norm,
    head,
  };
  Slot slot;
  int64_t layer;          // 0 for those outside of layers
  int64_t rows, columns;  // columns: 0 for a vector
  bool is_product;        // products read it: on a CPU as panels
  std::vector<WeightPart> parts;
  int64_t groups = 1;  // of rows: experts' weights lie one below the other, and products read them one by one

  bool is_matrix() const { return columns > 0; }
};

/// In checkpoint order.
std::vector<PlannedWeight> plan_weights(const ModelConfig& config);

}  // namespace cohort::models
