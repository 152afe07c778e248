#include "rewards/answers/gold_answers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rewards/text/extract.hpp"

namespace cohort::rewards {

std::vector<std::string> gold_answers(const std::string& answer) {
  if (trim(answer).starts_with('[')) {
    const auto list = nlohmann::json::parse(answer, nullptr, false);
    const auto is_string = [](const nlohmann::json& entry) { return entry.is_string(); };
    if (list.is_array() && !list.empty() && std::all_of(list.begin(), list.end(), is_string)) return list;
  }
  return {answer};
}

}  // namespace cohort::rewards
