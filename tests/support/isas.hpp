// Runs a test under every CPU body that this machine has, with the same random numbers each time: LibTorch seeds its
// generator anew in every process.
#pragma once

#include <ATen/Context.h>
#include <doctest/doctest.h>

#include <string>

#include "kernels/cpu/isa.hpp"

namespace cohort::testing {

template <typename Body>
void on_every_isa(Body body) {
  for (int index = 0; index < kernels::num_isas(); ++index) {
    kernels::force_isa(index);
    at::manual_seed(1);
    CAPTURE(std::string(kernels::isa().name));
    body();
  }
  kernels::force_isa(kernels::num_isas() - 1);
}

}  // namespace cohort::testing
