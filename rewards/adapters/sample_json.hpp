// Samples and grades as JSON, for rewards outside this process.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cohort/reward.hpp"

namespace cohort::rewards {

/// {"problem": int, "prompt": str, "messages": [...], "answer": str, "fields": {...}, "completion": str,
/// "num_tokens": int, "finish_reason": "stop" or "length"}, and "tokens" if they are wanted.
nlohmann::ordered_json sample_json(const Problem& problem, const Completion& completion, bool tokens);

/// The same read back. Throws nlohmann's exceptions for what sample_json() did not write.
std::pair<Problem, Completion> sample_from_json(const nlohmann::json& sample);

nlohmann::ordered_json grade_json(const Grade& grade);

/// A grade from {"score": number, bool or null, "verdict": str, "extracted": str or null, "rule": str, "columns":
/// {str: number}} or {"error": str}; "id" is passed over. What is no such object becomes a fault that says so.
Grade grade_from_json(const nlohmann::json& object);

/// As one line. Bytes that are no UTF-8 become U+FFFD.
template <typename Json>
std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace cohort::rewards
