#pragma once

#include <string>
#include <vector>

namespace cohort::rewards {

/// The texts any of which is right: those of a JSON list of strings that is not empty, else `answer` itself.
std::vector<std::string> gold_answers(const std::string& answer);

}  // namespace cohort::rewards
