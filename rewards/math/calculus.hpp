// Derivatives, integrals, limits and elided sums that an answer leaves to be worked out.
#pragma once

#include <optional>
#include <string_view>

#include "rewards/math/node.hpp"

namespace cohort::rewards::math {

/// The derivative of `body` in `variable`. Null where a part has none that is known here, or it grows too large.
const Node* differentiated(Arena& arena, const Node& body, std::string_view variable, Budget& budget);

/// An antiderivative of `body` in `variable`: of sums of powers, elementary functions of ax + b, and products of those
/// with polynomials. Null where none is found.
const Node* antiderivative(Arena& arena, const Node& body, std::string_view variable, Budget& budget);

/// The limit of `body` where `variable` goes to `point`: values, fractions by de l'Hôpital, powers that go to 1^∞.
/// Null where none is found.
const Node* limit_of(Arena& arena, const Node& body, std::string_view variable, const Node& point, Budget& budget);

/// The exact value of a series without end: \sum x^n/n!, \sum 1/n^2, \sum 1/(n(n + 1)), \sum n/2^n. Null of others.
const Node* known_series(Arena& arena, const Node& sum, Budget& budget);

/// ζ at an even number from 2 to 12. Null of others.
const Node* zeta_value(Arena& arena, const Node& argument);

/// The value of an integral with limits of e^{-x^2} or ln x that no antiderivative gives. Null of others.
const Node* known_integral(Arena& arena, const Node& integral, Budget& budget);

/// 1 + 2 + … + n and 2·4·…·2n, whose terms before the dots say how they go on, as a sum or product over an index. Null
/// where they do not.
const Node* with_index(Arena& arena, const Node& elided, Budget& budget);

/// `node` with what it leaves to be worked out replaced by its value, as far as that is found. An integral without
/// limits stays: it has many values.
const Node& worked_out(Arena& arena, const Node& node, Budget& budget);

}  // namespace cohort::rewards::math
