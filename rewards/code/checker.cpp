#include "rewards/code/checker.hpp"

#include <charconv>

#include "cohort/error.hpp"
#include "rewards/text/extract.hpp"

namespace cohort::rewards {
namespace {

constexpr size_t kMaxShown = 300;

std::string how_it_ended(const SandboxResult& result) {
  switch (result.end) {
    case SandboxEnd::exited:
      return fmt::format("exit status {}, expected 0, 1, 2, 4, 7 or 8", result.code);
    case SandboxEnd::signalled:
      return fmt::format("signal {}", result.code);
    case SandboxEnd::forbidden:
      return "a forbidden system call";
    case SandboxEnd::time_limit:
      return "its time limit";
    case SandboxEnd::memory_limit:
      return "its memory limit";
    case SandboxEnd::output_limit:
      return "its output limit";
  }
  return "";
}

std::string shown(std::string_view text) { return std::string(trim(text).substr(0, kMaxShown)); }

/// "points 0.5 message" or "0.5 message".
Judgement read_points(std::string_view message) {
  std::string_view text = trim(message);
  if (constexpr std::string_view word = "points"; text.starts_with(word)) text = trim(text.substr(word.size()));
  double points = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), points);
  const bool is_word = end == text.data() + text.size() || *end == ' ' || *end == '\n' || *end == '\t' || *end == '\r';
  check(error == std::errc() && is_word && points >= 0 && points <= 1,
        "code: the checker ended with 7: expected points in [0, 1] on its stderr, got \"{}\"", shown(message));
  if (points == 0 || points == 1) return accepted_if(points == 1);
  return {"partial", points};
}

}  // namespace

Judgement ask_checker(CodeRunner& runner, const CheckerProgram& checker, std::string_view input,
                      std::string_view output, std::string_view answer) {
  const CodeLanguage& language = find_language(checker.language);
  const bool is_able = language.name == "python" || language.name == "c" || language.name == "cpp";
  check(is_able, "code: a checker is in python, c or cpp, got \"{}\"", checker.language);
  const auto program = runner.prepare(language, checker.source);
  check(program->compiles, "code: the checker does not compile");
  const SandboxResult result =
      runner.run_on_files(*program, {{"input.txt", input}, {"output.txt", output}, {"answer.txt", answer}},
                          {.cpu_seconds = checker.time_limit, .memory_bytes = checker.memory_limit});
  if (result.end == SandboxEnd::exited) {
    if (result.code == 0) return accepted_if(true);
    if (result.code == 1 || result.code == 2 || result.code == 4 || result.code == 8) return accepted_if(false);
    if (result.code == 7) return read_points(result.error_output);
  }
  check(false, "code: the checker failed: {}: {}", how_it_ended(result), shown(result.error_output));
  return {};
}

}  // namespace cohort::rewards
