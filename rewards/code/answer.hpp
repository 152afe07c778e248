// The answer that the reward `code` reads: a language and tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cohort/rewards/code.hpp"
#include "rewards/code/value.hpp"

namespace cohort::rewards {

struct CodeTest {
  std::string input, output;  // of a program
  std::string arguments;      // of a function: a JSON list
  CodeValue expected;
};

/// A program of the data set, which is trusted, that says whether an output is right: see checker.hpp.
struct CheckerProgram {
  std::string language, source;
  double time_limit = 10;            // CPU seconds
  int64_t memory_limit = 512 << 20;  // bytes
};

struct CodeAnswer {
  std::string language;
  std::string function;  // empty: the tests are of a program
  std::vector<CodeTest> tests;
  std::optional<double> time_limit;            // CPU seconds of a test
  std::optional<int64_t> memory_limit;         // bytes of a test
  std::optional<OutputComparison> comparison;  // a checker by name
  std::optional<double> tolerance;
  std::optional<CheckerProgram> checker;
};

/// Throws Error, naming the field, for an answer that is not well formed, and for one without tests.
CodeAnswer parse_code_answer(std::string_view json);

}  // namespace cohort::rewards
