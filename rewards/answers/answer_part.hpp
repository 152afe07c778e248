#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cohort/rewards/exact.hpp"

namespace cohort::rewards {

/// The part of a completion that a rule compares; nothing where there is no such part.
std::optional<std::string_view> part_of(std::string_view completion, ExactSource source);

/// An extracted answer as it is kept in a Grade: cut where it is long.
std::string shown(std::string_view answer);

}  // namespace cohort::rewards
