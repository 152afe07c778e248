// A weight with the forms in which products of both directions read it.
#pragma once

#include "kernels/ops.hpp"

namespace cohort::testing {

inline ops::PackedWeight packed(const at::Tensor& weight) {
  ops::PackedWeight both{weight, {}, {}};
  ops::pack(both);
  ops::pack_transposed(both);
  return both;
}

}  // namespace cohort::testing
