#include "cohort/rewards/remote_code.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <vector>

#include "cohort/error.hpp"
#include "rewards/adapters/http_client.hpp"
#include "rewards/adapters/sample_json.hpp"

namespace cohort::rewards {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Test {
  std::string stdin_text, stdout_text;
};

struct Assignment {
  std::string language;
  std::vector<Test> tests;
  double time_limit;  // seconds
};

/// Throws Error for an answer that is no assignment.
Assignment read_assignment(const std::string& answer, double default_time_limit) {
  const json object = json::parse(answer, nullptr, /*allow_exceptions=*/false);
  check(object.is_object(), "expected the answer to be an object, got \"{}\"", answer.substr(0, 100));
  Assignment assignment{.language = object.value("language", ""), .tests = {}, .time_limit = default_time_limit};
  check(!assignment.language.empty(), "the answer names no language");
  check(!object.contains("function"), "the service runs programs that read stdin, the answer asks for a function");
  if (object.contains("time_limit")) assignment.time_limit = object["time_limit"].get<double>();
  if (object.contains("tests"))
    for (const json& test : object["tests"])
      assignment.tests.push_back({test.at("stdin").get<std::string>(), test.at("stdout").get<std::string>()});
  // A program that passes no test at all would pass them all.
  check(!assignment.tests.empty(), "the answer has no tests");
  return assignment;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

bool is_language(std::string_view tag, std::string_view language) {
  const auto short_name = language == "python" ? "py" : language == "cpp" ? "c++" : language == "rust" ? "rs" : "";
  return tag == language || (!tag.empty() && tag == short_name) || (language == "python" && tag == "python3");
}

/// The last block ``` … ``` whose tag is the language; nullopt if there is none.
std::optional<std::string> code_of(std::string_view text, std::string_view language) {
  std::optional<std::string> code;
  bool is_inside = false, is_wanted = false;
  size_t start = 0;
  for (size_t line_start = 0; line_start < text.size();) {
    const size_t line_end = std::min(text.find('\n', line_start), text.size());
    const std::string_view line = text.substr(line_start, line_end - line_start);
    if (line.starts_with("```")) {
      if (is_inside && is_wanted) code = std::string(text.substr(start, line_start - start));
      std::string_view tag = line.substr(3);
      while (!tag.empty() && (tag.back() == ' ' || tag.back() == '\r')) tag.remove_suffix(1);
      is_inside = !is_inside;
      is_wanted = is_inside && is_language(tag, language);
      start = line_end + 1;
    }
    line_start = line_end + 1;
  }
  return code;
}

/// How one run of the program ended.
struct Outcome {
  std::string verdict;  // empty: it ran to its end, stdout_text is what it wrote
  std::string stdout_text;
  Grade fault = {};  // of the service
};

class SandboxFusion {
 public:
  static Outcome run(HttpClient& client, const Assignment& assignment, const std::string& code, const Test& test) {
    const ordered_json request = {{"code", code},
                                  {"language", assignment.language},
                                  {"stdin", test.stdin_text},
                                  {"compile_timeout", assignment.time_limit},
                                  {"run_timeout", assignment.time_limit}};
    const HttpClient::Reply reply = client.post("/run_code", to_line(request));
    if (reply.fault != Fault::none) return {.fault = Grade::failed(reply.error, reply.fault)};
    const json body = json::parse(reply.body);
    const std::string status = body.at("status");
    if (status == "SandboxError")
      return {.fault = Grade::failed("the sandbox failed: " + body.value("message", ""), Fault::unavailable)};
    const json compiled = body.value("compile_result", json());
    if (compiled.is_object() && (compiled.at("status") != "Finished" || compiled.value("return_code", 0) != 0))
      return {.verdict = "compile_error"};
    const json& ran = body.at("run_result");
    if (ran.at("status") == "TimeLimitExceeded") return {.verdict = "time_limit"};
    if (ran.at("status") != "Finished" || ran.value("return_code", 0) != 0) return {.verdict = "runtime_error"};
    return {.verdict = "", .stdout_text = ran.at("stdout").get<std::string>()};
  }
};

class Piston {
 public:
  static Outcome run(HttpClient& client, const Assignment& assignment, const std::string& code, const Test& test) {
    const auto limit_ms = static_cast<int64_t>(assignment.time_limit * 1000);
    const ordered_json request = {{"language", assignment.language}, {"version", "*"},
                                  {"files", {{{"content", code}}}},  {"stdin", test.stdin_text},
                                  {"compile_timeout", limit_ms},     {"run_timeout", limit_ms}};
    const HttpClient::Reply reply = client.post("/execute", to_line(request));
    if (reply.fault != Fault::none) return {.fault = Grade::failed(reply.error, reply.fault)};
    const json body = json::parse(reply.body);
    const json compiled = body.value("compile", json());
    if (compiled.is_object() && compiled.value("code", json()) != json(0)) return {.verdict = "compile_error"};
    const json& ran = body.at("run");
    // It kills what takes too long, and says so by the signal alone.
    if (ran.value("signal", json()) == json("SIGKILL")) return {.verdict = "time_limit"};
    if (ran.value("code", json()) != json(0)) return {.verdict = "runtime_error"};
    return {.verdict = "", .stdout_text = ran.at("stdout").get<std::string>()};
  }
};

Grade grade(CodeService service, const RemoteCodeOptions& options, HttpClient& client, const Problem& problem,
            const Completion& completion) {
  const Assignment assignment = read_assignment(problem.answer, options.time_limit);
  const std::optional<std::string> code = code_of(completion.text, assignment.language);
  if (!code) return Grade(0.0, "no_code");
  const auto run = service == CodeService::piston ? Piston::run : SandboxFusion::run;
  size_t passed = 0;
  std::string verdict = "accepted";
  for (const Test& test : assignment.tests) {
    Outcome outcome;
    try {
      outcome = run(client, assignment, *code, test);
    } catch (const json::exception& error) {
      return Grade::failed(fmt::format("the service answered what was not expected: {}", error.what()));
    }
    if (outcome.fault.fault != Fault::none) return outcome.fault;
    if (outcome.verdict.empty() && lines_of(outcome.stdout_text) != lines_of(test.stdout_text))
      outcome.verdict = "wrong_answer";
    passed += outcome.verdict.empty();
    if (verdict == "accepted" && !outcome.verdict.empty()) verdict = outcome.verdict;
    // The rest cannot change what it earns.
    if (!outcome.verdict.empty() && !options.fraction) break;
    if (outcome.verdict == "compile_error") break;
  }
  const double share = static_cast<double>(passed) / static_cast<double>(assignment.tests.size());
  Grade grade(options.fraction ? share : passed == assignment.tests.size(), verdict);
  grade.extracted = *code;
  return grade;
}

}  // namespace

Rule remote_code(CodeService service, RemoteCodeOptions options) {
  const auto client = std::make_shared<HttpClient>(options.server);
  return Rule::bounded(
      RewardRule([service, options, client](const Problem& problem, const Completion& completion) -> Grade {
        try {
          return grade(service, options, *client, problem, completion);
        } catch (const json::exception& error) {
          return Grade::failed(fmt::format("the answer is no assignment: {}", error.what()));
        }
      }));
}

}  // namespace cohort::rewards
