#include "cohort/rewards/table.hpp"

#include <algorithm>
#include <iterator>

#include "cohort/rewards/chain_sum.hpp"
#include "cohort/rewards/choice.hpp"
#include "cohort/rewards/code.hpp"
#include "cohort/rewards/countdown.hpp"
#include "cohort/rewards/exact.hpp"
#include "cohort/rewards/format.hpp"
#include "cohort/rewards/gsm8k.hpp"
#include "cohort/rewards/length.hpp"
#include "cohort/rewards/math.hpp"
#include "rewards/adapters/specs.hpp"
#include "rewards/math/options.hpp"
#include "rewards/specs.hpp"

namespace cohort::rewards {
namespace {

std::vector<RewardSpec> make_table() {
  std::vector<RewardSpec> specs = {
      plain("chain_sum", "1 if the last <answer>…</answer> is the gold integer, else 0", "an integer", chain_sum),
      configurable(
          "choice", "1 if the chosen letter is the gold letter, else 0", "a letter", choice,
          [](auto& options, auto&& field) { field("letters", options.letters, "the letters that can be chosen"); }),
      configurable(
          "code", "runs the last code block on tests in a sandbox: 1 if all pass, else 0; or the share that pass",
          R"({"language", "tests": [{"stdin", "stdout"}]} or {"language", "function", "tests": [{"args", "expected"}]}, "checker"?)",
          code,
          [](auto& options, auto&& field) {
            field("comparison", options.comparison, "how output is compared, where the answer has no checker",
                  text::Choices<OutputComparison>{{"exact", OutputComparison::exact},
                                                  {"lines", OutputComparison::lines},
                                                  {"tokens", OutputComparison::tokens},
                                                  {"floats", OutputComparison::floats},
                                                  {"unordered", OutputComparison::unordered}});
            field("tolerance", options.tolerance,
                  "accepted, relative and absolute, where a number is no integer; floats: of all");
            field("score", options.score,
                  "all: the least over the tests, 1 if every one passes; fraction: the mean, the share that pass",
                  text::Choices<CodeScore>{{"all", CodeScore::all}, {"fraction", CodeScore::fraction}});
            field("time_limit", options.time_limit, "CPU seconds of a test, where the answer says nothing");
            field("memory_limit", options.memory_limit, "bytes of a test, where the answer says nothing");
            field("deadline", options.deadline, "seconds of a completion, all its tests together");
            field("weakest_sandbox", options.sandbox.weakest, "the weakest isolation that is accepted",
                  text::Choices<SandboxTier>{{"namespaces", SandboxTier::namespaces},
                                             {"landlock", SandboxTier::landlock}});
          }),
      configurable("countdown", "1 if the expression uses the numbers and its exact value is the target, else 0",
                   R"({"numbers": [int], "target": int})", countdown,
                   [](auto& options, auto&& field) {
                     field("use", options.use, "how often each number is used",
                           text::Choices<NumberUse>{{"exactly_once", NumberUse::exactly_once},
                                                    {"at_most_once", NumberUse::at_most_once}});
                   }),
      configurable("exact", "1 if the text is the gold answer byte for byte, blanks at the ends aside, else 0",
                   "a text", exact,
                   [](auto& options, auto&& field) {
                     field("source", options.source, "the part of the completion that is compared",
                           text::Choices<ExactSource>{{"whole", ExactSource::whole},
                                                      {"answer_tag", ExactSource::answer_tag},
                                                      {"last_line", ExactSource::last_line}});
                     field("ignore_case", options.ignore_case, "A and a are equal");
                   }),
      configurable("gsm8k", "1 if the number after ####, else the last number, is the gold number, else 0",
                   "GSM8K's answer text or its number", gsm8k,
                   [](auto& options, auto&& field) {
                     field("extraction", options.extraction, "strict: only the number after ####",
                           text::Choices<Gsm8kExtraction>{{"strict", Gsm8kExtraction::strict},
                                                          {"flexible", Gsm8kExtraction::flexible}});
                   }),
      configurable("length", "1 if min_tokens ≤ tokens ≤ max_tokens, else 0", "none", length,
                   [](auto& options, auto&& field) {
                     field("min_tokens", options.min_tokens, "fewest tokens that earn 1");
                     field("max_tokens", options.max_tokens, "most tokens that earn 1");
                   }),
      configurable("math", "1 if the answer is a gold answer as mathematics, else 0",
                   "a text, plain or LaTeX, or a list of texts of which any is right", math_reward,
                   math::option_fields),
      plain("think_answer_format", "1 for <think>…</think><answer>…</answer> and nothing else, else 0", "none",
            think_answer_format),
      plain("think_format", "1 for <think>…</think> at the start, opened once, else 0", "none", think_format),
  };
  std::ranges::move(formula_specs(), std::back_inserter(specs));
  std::ranges::move(adapter_specs(), std::back_inserter(specs));
  std::ranges::sort(specs, {}, &RewardSpec::name);
  return specs;
}

}  // namespace

const std::vector<RewardSpec>& table() {
  static const std::vector<RewardSpec> specs = make_table();
  return specs;
}

const RewardSpec* find_spec(const std::string& name) {
  const auto found = std::ranges::find(table(), name, &RewardSpec::name);
  return found == table().end() ? nullptr : &*found;
}

Rule make_rule(const std::string& name, const Settings& settings) {
  if (const RewardSpec* spec = find_spec(name)) return spec->make(settings);
  std::vector<std::string> names;
  for (const RewardSpec& spec : table()) names.push_back(spec.name);
  check(false, "there is no reward \"{}\"; did you mean \"{}\"?", name, text::nearest(name, names));
  return {};
}

}  // namespace cohort::rewards
