#include <algorithm>
#include <nlohmann/json.hpp>

#include "cohort/error.hpp"
#include "cohort/tasks/dataset.hpp"
#include "src/text/json_values.hpp"

namespace cohort::tasks {
namespace {

using Json = nlohmann::ordered_json;

/// Brackets open at once, those in strings aside. Counted before parsing, whose memory grows with them.
int depth_of(std::string_view line) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      deepest = std::max(deepest, ++depth);
    else if (!in_string && (c == '}' || c == ']'))
      --depth;
  }
  return deepest;
}

Json parse(std::string_view line) {
  constexpr int max_depth = 64;
  const int depth = depth_of(line);
  check(depth <= max_depth, "expected JSON of at most {} levels, got {}", max_depth, depth);
  try {
    return Json::parse(line);
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("expected a JSON object in UTF-8, got: {}", error.what()));
  }
}

std::string kind_of(const Json& value) {
  return value.is_number() ? "a number" : std::string("a value of type ") + value.type_name();
}

std::vector<Message> read_messages(const Json& list, std::string_view key) {
  check(list.is_array() && !list.empty(), "expected \"{}\" to be a list of messages, got {}", key,
        list.is_array() ? "an empty one" : kind_of(list));
  std::vector<Message> messages;
  for (const Json& entry : list) {
    check(entry.is_object() && entry.contains("role") && entry.contains("content") && entry["role"].is_string() &&
              entry["content"].is_string(),
          "expected message {} of \"{}\" to be {{\"role\": str, \"content\": str}}, got {}", messages.size(), key,
          entry.dump().substr(0, 120));
    const std::string role = entry["role"];
    check(role == "system" || role == "user" || role == "assistant",
          "expected the role of message {} to be system, user or assistant, got \"{}\"", messages.size(), role);
    messages.push_back({role, entry["content"]});
  }
  return messages;
}

void read_question(Problem& problem, const Json& object, const std::string& key, const LineOptions& options) {
  const Json& value = object[key];
  if (key == "messages" || value.is_array()) {
    problem.messages = read_messages(value, key);
  } else {
    check(value.is_string(), "expected \"{}\" to be a string, got {}", key, kind_of(value));
    if (key == options.prompt_key)
      problem.prompt = value;
    else
      problem.messages = {{"user", value}};
  }
  std::string& last = problem.messages.empty() ? problem.prompt : problem.messages.back().content;
  if (!options.instruction.empty()) last += "\n" + options.instruction;
  const bool has_system = !problem.messages.empty() && problem.messages.front().role == "system";
  if (!options.system.empty() && !problem.messages.empty() && !has_system)
    problem.messages.insert(problem.messages.begin(), {"system", options.system});
}

/// Answers that are objects, and lists of texts, are JSON on a line; all others are texts, and those that JSON would
/// not give back as they are, for a number in them is too long.
Json answer_to_json(const std::string& answer) {
  if (!answer.starts_with('{') && !answer.starts_with('[')) return answer;
  Json value = Json::parse(answer, nullptr, false);
  const auto is_string = [](const Json& entry) { return entry.is_string(); };
  const bool is_list = value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_string);
  if (!value.is_object() && !is_list) return answer;
  return text::values_as_written("{\"answer\":" + answer + "}").at("answer") == value.dump() ? value : Json(answer);
}

}  // namespace

Problem problem_from_json(std::string_view line, const LineOptions& options) {
  const Json object = parse(line);
  check(object.is_object(), "expected a JSON object, got {}", kind_of(object));

  std::vector<std::string> found;
  for (const std::string& key : {options.prompt_key, std::string("messages"), std::string("question")})
    if (object.contains(key) && std::find(found.begin(), found.end(), key) == found.end()) found.push_back(key);
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  check(!found.empty(), "expected a key \"{}\", \"messages\" or \"question\", got {}", options.prompt_key,
        fmt::join(keys, ", "));
  const bool both = found.size() > 1 && found[1] == "messages";
  check(!both, "expected \"{}\" or \"messages\", got both", options.prompt_key);

  const auto written = text::values_as_written(line);
  // A text as it is, anything else as compact JSON, digit by digit.
  const auto as_text = [&](const std::string& key) {
    const Json& value = object[key];
    return value.is_string() ? value.get<std::string>() : written.at(key);
  };
  Problem problem;
  read_question(problem, object, found[0], options);
  if (!options.answer_key.empty()) {
    const bool has_answer = object.contains(options.answer_key) && !object[options.answer_key].is_null();
    check(has_answer, "expected a key \"{}\", got {}", options.answer_key, fmt::join(keys, ", "));
    problem.answer = as_text(options.answer_key);
  }
  for (const auto& item : object.items())
    if (item.key() != found[0] && item.key() != options.answer_key) problem.fields[item.key()] = as_text(item.key());
  return problem;
}

std::string problem_to_json(const Problem& problem) {
  Json line = Json::object();
  if (problem.messages.empty()) line["prompt"] = problem.prompt;
  for (const Message& message : problem.messages)
    line["messages"].push_back(Json{{"role", message.role}, {"content", message.content}});
  line["answer"] = answer_to_json(problem.answer);
  for (const auto& [key, value] : problem.fields)
    if (!line.contains(key)) line[key] = value;
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cohort::tasks
