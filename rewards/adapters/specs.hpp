// The rewards outside this program, as rows of the table.
#pragma once

#include <vector>

#include "cohort/rewards/table.hpp"

namespace cohort::rewards {

std::vector<RewardSpec> adapter_specs();

}  // namespace cohort::rewards
