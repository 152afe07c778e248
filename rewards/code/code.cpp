#include "cohort/rewards/code.hpp"

#include "cohort/error.hpp"
#include "rewards/code/answer.hpp"
#include "rewards/code/language.hpp"
#include "rewards/code/output.hpp"
#include "rewards/code/runner.hpp"
#include "rewards/text/code_block.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

constexpr size_t kMaxSourceBytes = 1 << 20;
constexpr size_t kMaxShown = 2000;

/// What became of one test.
const char* judge(const SandboxResult& result, const CodeAnswer& answer, const CodeTest& test,
                  const CodeOptions& options) {
  switch (result.end) {
    case SandboxEnd::time_limit:
      return "time_limit";
    case SandboxEnd::memory_limit:
      return "memory_limit";
    case SandboxEnd::output_limit:
      return "output_limit";
    case SandboxEnd::forbidden:
      return "forbidden";
    case SandboxEnd::signalled:
      return "runtime_error";
    case SandboxEnd::exited:
      break;
  }
  if (result.code != 0) return "runtime_error";
  // An exit status shows nothing: the result must be there, and right.
  if (answer.function.empty())
    return equal_output(test.output, result.output, options.comparison, options.tolerance) ? "accepted"
                                                                                           : "wrong_answer";
  CodeValue got;
  const bool right = decode_result(result.result, got) && equal_values(test.expected, got, options.tolerance);
  return right ? "accepted" : "wrong_answer";
}

Grade grade_code(CodeRunner& runner, const CodeOptions& options, const Problem& problem, const Completion& completion) {
  const CodeAnswer answer = parse_code_answer(problem.answer);
  const CodeLanguage& language = find_language(answer.language);
  check(answer.function.empty() || language.run.empty(), "code: tests of a function are for python, got \"{}\"",
        answer.language);
  const auto block = last_code_block(after_thinking(completion.text), language.tags);
  if (!block || trim(block->code).empty() || block->code.size() > kMaxSourceBytes) return {0.0, "no_code"};

  Grade grade(0.0, "compile_error");
  grade.extracted = std::string(block->code.substr(0, kMaxShown));
  grade.rule = block->is_tagged ? "fence" : "untagged_fence";
  const auto program = runner.prepare(language, block->code);
  if (!program->compiles) return grade;

  SandboxLimits limits;
  limits.cpu_seconds = answer.time_limit.value_or(options.time_limit);
  limits.memory_bytes = answer.memory_limit.value_or(options.memory_limit);
  grade.verdict = "accepted";
  size_t passed = 0;
  for (const CodeTest& test : answer.tests) {
    const std::string verdict = judge(runner.run(*program, answer, test, limits), answer, test, options);
    passed += verdict == "accepted";
    if (verdict == "accepted") continue;
    if (grade.verdict == "accepted") grade.verdict = verdict;  // that of the first that fails
    if (options.score == CodeScore::all) return grade;
  }
  grade.score = static_cast<double>(passed) / static_cast<double>(answer.tests.size());
  return grade;
}

}  // namespace

RewardRule code(CodeOptions options) {
  check(options.tolerance >= 0 && options.tolerance < 1, "code: tolerance must be in [0, 1), got {}",
        options.tolerance);
  check(options.time_limit > 0, "code: time_limit must be above 0, got {}", options.time_limit);
  check(options.memory_limit >= 16 << 20, "code: memory_limit must be at least 16 MiB, got {}", options.memory_limit);
  return [options, runner = std::make_shared<CodeRunner>(options.sandbox)](const Problem& problem,
                                                                           const Completion& completion) {
    return grade_code(*runner, options, problem, completion);
  };
}

}  // namespace cohort::rewards
