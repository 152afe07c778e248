#include "rewards/adapters/sample_json.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "src/text/nearest.hpp"

namespace cohort::rewards {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::array<std::string_view, 7> kGradeKeys = {"id",   "score",   "verdict", "extracted",
                                                        "rule", "columns", "error"};

Grade no_grade(const std::string& reason) { return Grade::failed("answered what is no grade: " + reason); }

std::string shown(const json& value) {
  constexpr size_t max_bytes = 200;
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > max_bytes) text.replace(max_bytes, text.npos, "…");
  return text;
}

}  // namespace

ordered_json sample_json(const Problem& problem, const Completion& completion, bool tokens) {
  ordered_json sample = {{"problem", problem.index}, {"prompt", problem.prompt}};
  if (!problem.messages.empty()) {
    ordered_json& messages = sample["messages"] = ordered_json::array();
    for (const Message& message : problem.messages)
      messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  sample["answer"] = problem.answer;
  sample["fields"] = problem.fields;
  sample["completion"] = completion.text;
  sample["num_tokens"] = completion.tokens.size();
  sample["finish_reason"] = completion.finish == FinishReason::stop ? "stop" : "length";
  if (tokens) sample["tokens"] = completion.tokens;
  return sample;
}

std::pair<Problem, Completion> sample_from_json(const json& sample) {
  Problem problem;
  problem.index = sample.at("problem").get<int64_t>();
  problem.prompt = sample.at("prompt").get<std::string>();
  if (sample.contains("messages"))
    for (const json& message : sample.at("messages"))
      problem.messages.push_back({message.at("role").get<std::string>(), message.at("content").get<std::string>()});
  problem.answer = sample.at("answer").get<std::string>();
  problem.fields = sample.at("fields").get<std::map<std::string, std::string>>();
  Completion completion;
  completion.text = sample.at("completion").get<std::string>();
  if (sample.contains("tokens")) completion.tokens = sample.at("tokens").get<std::vector<int64_t>>();
  completion.finish = sample.at("finish_reason") == "stop" ? FinishReason::stop : FinishReason::length;
  return {std::move(problem), std::move(completion)};
}

ordered_json grade_json(const Grade& grade) {
  if (grade.fault != Fault::none) return {{"error", grade.error}};
  ordered_json object = {{"score", grade.score ? ordered_json(*grade.score) : ordered_json(nullptr)},
                         {"verdict", grade.verdict}};
  if (grade.extracted) object["extracted"] = *grade.extracted;
  if (!grade.rule.empty()) object["rule"] = grade.rule;
  for (const auto& [name, value] : grade.columns) object["columns"][name] = value;
  return object;
}

Grade grade_from_json(const json& object) {
  if (!object.is_object()) return no_grade(shown(object));
  for (const auto& [key, value] : object.items())
    if (std::find(kGradeKeys.begin(), kGradeKeys.end(), key) == kGradeKeys.end())
      return no_grade(fmt::format("unknown key \"{}\"; the nearest is {}", key,
                                  text::nearest(key, std::vector<std::string>(kGradeKeys.begin(), kGradeKeys.end()))));
  if (object.contains("error") && !object["error"].is_null())
    return Grade::failed(object["error"].is_string() ? object["error"].get<std::string>() : shown(object["error"]));
  if (!object.contains("score")) return no_grade("neither score nor error in " + shown(object));

  Grade grade;
  const json& score = object["score"];
  if (score.is_boolean())
    grade.score = score.get<bool>() ? 1.0 : 0.0;
  else if (score.is_number())
    grade.score = score.get<double>();
  else if (!score.is_null())
    return no_grade("expected a number, true, false or null as score, got " + shown(score));
  for (const auto& [key, field] : {std::pair{"verdict", &grade.verdict}, std::pair{"rule", &grade.rule}}) {
    if (!object.contains(key)) continue;
    if (!object[key].is_string())
      return no_grade(fmt::format("expected a string as {}, got {}", key, shown(object[key])));
    *field = object[key].get<std::string>();
  }
  if (object.contains("extracted") && !object["extracted"].is_null()) {
    const json& extracted = object["extracted"];
    grade.extracted = extracted.is_string() ? extracted.get<std::string>() : shown(extracted);
  }
  if (object.contains("columns")) {
    if (!object["columns"].is_object())
      return no_grade("expected an object as columns, got " + shown(object["columns"]));
    for (const auto& [name, value] : object["columns"].items()) {
      if (!value.is_number() && !value.is_boolean())
        return no_grade(fmt::format("expected a number as column {}, got {}", name, shown(value)));
      grade.columns.emplace_back(name, value.is_boolean() ? value.get<bool>() : value.get<double>());
    }
  }
  return grade;
}

}  // namespace cohort::rewards
