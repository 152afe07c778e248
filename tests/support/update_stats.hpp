// Updates that must be the same.
#pragma once

#include <doctest/doctest.h>

#include "cohort/update.hpp"

namespace cohort::testing {

/// Whatever was computed again and whatever taken from records.
inline void check_same_update(const UpdateStats& a, const UpdateStats& b) {
  CHECK(a.loss == b.loss);
  CHECK(a.grad_norm == b.grad_norm);
  CHECK(a.entropy == b.entropy);
  CHECK(a.tokens == b.tokens);
  CHECK(a.metrics == b.metrics);
}

}  // namespace cohort::testing
