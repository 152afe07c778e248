#include "cohort/rewards/remote_code.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "cohort/error.hpp"
#include "rewards/adapters/http_client.hpp"
#include "rewards/adapters/sample_json.hpp"
#include "rewards/answers/answer_part.hpp"
#include "rewards/code/answer.hpp"
#include "rewards/code/language.hpp"
#include "rewards/code/output.hpp"
#include "rewards/text/code_blocks.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Throws Error for an answer whose tests a service cannot run.
CodeAnswer read_answer(const std::string& text) {
  CodeAnswer answer = parse_code_answer(text);
  check(answer.function.empty(), "code: the service runs programs that read stdin, the answer asks for a function");
  check(!answer.checker, "code: the answer has a checker, which would run here: the reward \"code\" does that");
  return answer;
}

/// The words of a fence that name the language: those of ours where we know it, else its name.
std::vector<std::string_view> tags_of(const std::string& language) {
  for (const CodeLanguage& known : languages())
    if (known.name == language) return known.tags;
  return {language};
}

struct Program {
  std::string language, code;
  double time_limit;  // seconds of a test
};

/// How one run of the program ended.
struct Outcome {
  std::string verdict;  // empty: it ran to its end, stdout_text is what it wrote
  std::string stdout_text;
  Grade fault = {};  // of the service
};

class SandboxFusion {
 public:
  static Outcome run(HttpClient& client, const Program& program, const std::string& input) {
    const ordered_json request = {{"code", program.code},
                                  {"language", program.language},
                                  {"stdin", input},
                                  {"compile_timeout", program.time_limit},
                                  {"run_timeout", program.time_limit}};
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
  static Outcome run(HttpClient& client, const Program& program, const std::string& input) {
    const auto limit_ms = static_cast<int64_t>(program.time_limit * 1000);
    const ordered_json request = {{"language", program.language},
                                  {"version", "*"},
                                  {"files", {{{"content", program.code}}}},
                                  {"stdin", input},
                                  {"compile_timeout", limit_ms},
                                  {"run_timeout", limit_ms}};
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
  const CodeAnswer answer = read_answer(problem.answer);
  const auto block = last_code_block(after_thinking(completion.text), tags_of(answer.language));
  if (!block || trim(block->code).empty()) return Grade(0.0, "no_code");
  const Program program{answer.language, std::string(block->code), answer.time_limit.value_or(options.time_limit)};
  const OutputComparison comparison = answer.comparison.value_or(OutputComparison::lines);
  const double tolerance = tolerance_of(comparison, tolerance);
  const auto run = service == CodeService::piston ? Piston::run : SandboxFusion::run;
  size_t passed = 0;
  std::string verdict = "accepted";
  for (const CodeTest& test : answer.tests) {
    Outcome outcome;
    try {
      outcome = run(client, program, test.input);
    } catch (const json::exception& error) {
      return Grade::failed(fmt::format("the service answered what was not expected: {}", error.what()));
    }
    if (outcome.fault.fault != Fault::none) return outcome.fault;
    if (outcome.verdict.empty() &&
        !equal_output(test.output, outcome.stdout_text, comparison, answer.tolerance.value_or(0)))
      outcome.verdict = "wrong_answer";
    passed += outcome.verdict.empty();
    if (verdict == "accepted" && !outcome.verdict.empty()) verdict = outcome.verdict;
    // The rest cannot change what it earns.
    if (!outcome.verdict.empty() && !options.fraction) break;
    if (outcome.verdict == "compile_error") break;
  }
  const double share = static_cast<double>(passed) / static_cast<double>(answer.tests.size());
  Grade grade(options.fraction ? share : passed == answer.tests.size(), verdict);
  grade.extracted = shown(program.code);
  return grade;
}

}  // namespace

Rule remote_code(CodeService service, RemoteCodeOptions options) {
  const auto client = std::make_shared<HttpClient>(options.server);
  return Rule::bounded(
      RewardRule([service, options, client](const Problem& problem, const Completion& completion) -> Grade {
        return grade(service, options, *client, problem, completion);
      }));
}

}  // namespace cohort::rewards
