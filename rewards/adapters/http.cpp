#include "cohort/rewards/http.hpp"

#include <fmt/format.h>

#include "rewards/adapters/http_client.hpp"
#include "rewards/adapters/sample_json.hpp"

namespace cohort::rewards {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::vector<Grade> read_grades(const HttpClient::Reply& reply, size_t count) {
  const auto all = [&](const std::string& error, Fault fault) {
    return std::vector<Grade>(count, Grade::failed(error, fault));
  };
  if (reply.fault != Fault::none) return all(reply.error, reply.fault);
  const json body = json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  const bool has_grades = body.is_object() && body.contains("grades") && body["grades"].is_array();
  if (!has_grades)
    return all(fmt::format("answered \"{}\", expected {{\"grades\": [...]}}", reply.body.substr(0, 200)), Fault::error);
  if (body["grades"].size() != count)
    return all(fmt::format("answered {} grades for {} samples", body["grades"].size(), count), Fault::error);
  std::vector<Grade> grades;
  for (const json& grade : body["grades"]) grades.push_back(grade_from_json(grade));
  return grades;
}

}  // namespace

Rule http(HttpOptions options) {
  const auto client = std::make_shared<HttpClient>(options.server);
  return Rule::bounded(GroupRule([client, options](const Problem& problem, std::span<const Completion> completions) {
    ordered_json request = {{"settings", options.settings}, {"samples", ordered_json::array()}};
    for (const Completion& completion : completions)
      request["samples"].push_back(sample_json(problem, completion, options.tokens));
    return read_grades(client->post("", to_line(request)), completions.size());
  }));
}

}  // namespace cohort::rewards
