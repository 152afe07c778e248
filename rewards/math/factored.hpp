// Numbers as products of prime powers: what factorials are too large for otherwise.
#pragma once

#include <optional>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// Whether two constants made of integers, factorials and binomials by + − · ÷ and powers are equal, proved by the
/// exponents of their primes. Nothing where one is made of anything else, or of factorials beyond 20,000.
std::optional<bool> are_equal_factored(const Node& left, const Node& right, Budget& budget);

}  // namespace cohort::rewards::math
