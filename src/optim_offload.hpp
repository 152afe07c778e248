// An optimiser step whose masters and moments are in host memory while weights and gradients are on a GPU.
#pragma once

#include <functional>
#include <vector>

#include "cohort/policy.hpp"

namespace cohort::optim {

/// A stretch of one parameter, small enough to be staged.
struct Piece {
  size_t parameter;
  int64_t first, count;  // elements
};

/// All elements of all parameters, in order, in pieces of at most `most` elements.
std::vector<Piece> pieces_of(const std::vector<Parameter>& parameters, int64_t most);

/// Calls update(piece, grad, weight) for each piece, in order, with its gradient in host memory; what it leaves in
/// `weight`, as long and of the policy's dtype, becomes the weight. The next gradient arrives and the last weights
/// leave while it runs.
void update_on_host(std::vector<Parameter>& parameters, int64_t most_elements,
                    const std::function<void(const Piece&, const at::Tensor& grad, const at::Tensor& weight)>& update);

}  // namespace cohort::optim
