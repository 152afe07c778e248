#include "cohort/rewards/code.hpp"

#include <algorithm>
#include <chrono>

#include "cohort/error.hpp"
#include "rewards/code/answer.hpp"
#include "rewards/code/checker.hpp"
#include "rewards/code/language.hpp"
#include "rewards/code/output.hpp"
#include "rewards/code/runner.hpp"
#include "rewards/text/code_blocks.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

constexpr size_t kMaxSourceBytes = 1 << 20;
constexpr size_t kMaxShown = 2000;
// Values that a checker is shown; a result that is compared may have as many as the expected one.
constexpr size_t kMaxCheckedValues = 1 << 20;

using Clock = std::chrono::steady_clock;

/// Where no comparison is needed: what the program's end alone says.
const char* failure_of(const SandboxResult& result) {
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
  return result.code != 0 ? "runtime_error" : nullptr;
}

/// How the tests of one answer are judged.
struct Judge {
  CodeRunner& runner;
  const CodeAnswer& answer;
  OutputComparison comparison;
  double tolerance;
  bool mixes_numbers;

  Judge(CodeRunner& runner, const CodeAnswer& answer, const CodeOptions& options, const CodeLanguage& language)
      : runner(runner),
        answer(answer),
        comparison(answer.comparison.value_or(options.comparison)),
        tolerance(tolerance_of(comparison, answer.tolerance.value_or(options.tolerance))),
        mixes_numbers(comparison == OutputComparison::floats || (language.call && language.call->mixes_numbers)) {}

  Judgement operator()(const CodeTest& test, const SandboxResult& result) const {
    if (const char* failure = failure_of(result)) return {failure, 0};
    // An exit status shows nothing: the result must be there, and right.
    if (!answer.function.empty()) return of_value(test, result.result);
    if (answer.checker) return ask_checker(runner, *answer.checker, test.input, result.output, test.output);
    return accepted_if(equal_output(test.output, result.output, comparison, tolerance));
  }

 private:
  Judgement of_value(const CodeTest& test, std::string_view encoded) const {
    CodeValue got;
    const size_t most = answer.checker ? kMaxCheckedValues : count_values(test.expected);
    if (!decode_result(encoded, got, most)) return accepted_if(false);
    if (answer.checker)
      return ask_checker(runner, *answer.checker, test.arguments, to_json(got), to_json(test.expected));
    return accepted_if(
        equal_values(test.expected, got, {tolerance, mixes_numbers, comparison == OutputComparison::unordered}));
  }
};

/// Time that is left for a completion's tests.
class Deadline {
 public:
  explicit Deadline(double seconds) : seconds_(seconds), start_(Clock::now()) {}

  double left() const { return seconds_ - std::chrono::duration<double>(Clock::now() - start_).count(); }
  Grade missed() const { return Grade::failed(fmt::format("no answer within {} s", seconds_), Fault::timeout); }

 private:
  double seconds_;
  Clock::time_point start_;
};

Grade grade_code(CodeRunner& runner, const CodeOptions& options, const Problem& problem, const Completion& completion) {
  const CodeAnswer answer = parse_code_answer(problem.answer);
  const CodeLanguage& language = find_language(answer.language);
  check(answer.function.empty() || has_functions(language),
        "code: tests of a function are for python, cpp and javascript, got \"{}\"", answer.language);
  const Judge judge(runner, answer, options, language);
  const auto block = last_code_block(after_thinking(completion.text), language.tags);
  if (!block || trim(block->code).empty() || block->code.size() > kMaxSourceBytes) return {0.0, "no_code"};

  Grade grade(0.0, "compile_error");
  grade.extracted = std::string(block->code.substr(0, kMaxShown));
  grade.rule = block->tag().empty() ? "untagged_fence" : "fence";
  const CodeRunner::Place place(runner);
  const Deadline deadline(options.deadline);
  const auto program = runner.prepare(language, block->code, answer.function);
  if (!program->compiles) return grade;

  SandboxLimits limits;
  limits.cpu_seconds = answer.time_limit.value_or(options.time_limit);
  limits.memory_bytes = answer.memory_limit.value_or(options.memory_limit);
  const double wall_seconds = 2 * limits.cpu_seconds + 1;
  grade.verdict = "accepted";
  double least = 1, sum = 0;
  for (const CodeTest& test : answer.tests) {
    const double left = deadline.left();
    if (left <= 0) return deadline.missed();
    limits.wall_seconds = std::min(wall_seconds, left);
    const SandboxResult result = answer.function.empty() ? runner.run(*program, test.input, limits)
                                                         : runner.call(*program, test.arguments, limits);
    if (result.end == SandboxEnd::time_limit && left < wall_seconds && deadline.left() <= 0) return deadline.missed();
    const Judgement judgement = judge(test, result);
    sum += judgement.worth;
    least = std::min(least, judgement.worth);
    // That of the first that is not accepted, or worth nothing.
    if (grade.verdict == "accepted" || (grade.verdict == "partial" && judgement.worth == 0))
      grade.verdict = judgement.verdict;
    if (options.score == CodeScore::all && least == 0) return grade;
  }
  grade.score = options.score == CodeScore::all ? least : sum / static_cast<double>(answer.tests.size());
  return grade;
}

}  // namespace

Rule code(CodeOptions options) {
  check(options.tolerance >= 0 && options.tolerance < 1, "code: tolerance must be in [0, 1), got {}",
        options.tolerance);
  check(options.time_limit > 0, "code: time_limit must be above 0, got {}", options.time_limit);
  check(options.memory_limit >= 16 << 20, "code: memory_limit must be at least 16 MiB, got {}", options.memory_limit);
  check(options.deadline > 0, "code: deadline must be above 0, got {}", options.deadline);
  // It waits for a processor before its deadline begins, which a Scorer could not tell from hanging.
  return Rule::bounded(RewardRule([options, runner = std::make_shared<CodeRunner>(options.sandbox)](
                                      const Problem& problem, const Completion& completion) {
    return grade_code(*runner, options, problem, completion);
  }));
}

}  // namespace cohort::rewards
