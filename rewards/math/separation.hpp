// How near two different constants can be: what turns agreement to many digits into a proof of equality.
#pragma once

#include <optional>

#include "rewards/math/evaluate.hpp"
#include "rewards/math/node.hpp"
#include "rewards/math/rational.hpp"

namespace cohort::rewards::math {

/// The exact value of a tree without symbols, where it is a fraction that can be written down in so many bits.
std::optional<Rational> rational_value(const Node& node, Budget& budget, int64_t bits = 4096);

/// node = result · π, for a rational result: the arguments at which sine and cosine are algebraic. Degrees count.
std::optional<Rational> multiple_of_pi(const Node& node, Budget& budget);

/// For two algebraic constants (from fractions by + − · ÷, roots, i, and trigonometric functions of rational multiples
/// of π): a number of bits b such that |left − right| < 2^−b only if they are equal. Nothing for other trees. The bound
/// of Burnikel, Funke, Mehlhorn, Schirra and Schmitt (ESA 2001).
std::optional<double> separation_bits(const Node& left, const Node& right, Budget& budget);

/// Bits that a small difference could hide behind at a point: what the numbers and exponents of a tree can write down.
/// Infinite for towers. Not a bound, but no answer of a sane size exceeds it.
double hidden_bits(const Node& node, const EvaluateOptions& options, Budget& budget);

}  // namespace cohort::rewards::math
