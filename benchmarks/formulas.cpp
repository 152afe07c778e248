// What it takes to grade one completion by each rule that scores by formula.
//
//   build/release/benchmark_formulas [--benchmark_filter=repetition]
//
// A completion is English reasoning with formulas and a list between tags; the argument is its length in characters, of
// which four are a token. No corpus: the sentences are drawn anew for each.
#include <benchmark/benchmark.h>

#include <random>

#include "cohort/rewards/table.hpp"

namespace {

using namespace cohort;

Completion completion_of(size_t num_characters) {
  static const char* const words[] = {"the",     "sum",   "of",     "we",   "compute", "therefore", "is",
                                      "which",   "equal", "number", "that", "First,",  "\n- ",      "\n2. ",
                                      "$x + 1$", "ways",  "and",    "so",   "not",     "\n"};
  std::mt19937 random(1);
  Completion completion;
  completion.text = "<think>\n";
  while (completion.text.size() + 40 < num_characters)
    completion.text += std::string(words[random() % std::size(words)]) + (random() % 12 == 0 ? ". " : " ");
  completion.text += "\n</think>\n<answer>\n\\boxed{42}\n</answer>";
  for (size_t i = 0; i < num_characters / 4; ++i) completion.tokens.push_back(random() % 50'000);
  return completion;
}

void grade(benchmark::State& state, const Rule& rule) {
  const Problem problem{.answer = "42"};
  const Completion completion = completion_of(static_cast<size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(rule(problem, completion));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(completion.text.size()));
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* name :
       {"accuracy", "reasoning_accuracy", "geo3k", "dapo", "exact_match", "f1", "think_format", "tag_lines_format",
        "tag_count", "tag_weights", "reasoning_steps", "token_repetition", "word_repetition", "language_consistency",
        "cosine_length", "soft_overlong", "stop_properly"}) {
    auto* benchmark = benchmark::RegisterBenchmark(
        name, [rule = rewards::make_rule(name)](benchmark::State& state) { grade(state, rule); });
    benchmark->Arg(1'000)->Arg(10'000)->Arg(100'000);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
