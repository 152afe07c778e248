// Runs a test under every CPU body that this machine has.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "kernels/cpu/isa.hpp"

namespace cohort::testing {

template <typename Body>
void on_every_isa(Body body) {
  for (int index = 0; index < kernels::num_isas(); ++index) {
    kernels::force_isa(index);
    CAPTURE(std::string(kernels::isa().name));
    body();
  }
  kernels::force_isa(kernels::num_isas() - 1);
}

}  // namespace cohort::testing
