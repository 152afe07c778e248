// The answer that the reward `code` reads: a language and tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rewards/code/value.hpp"

namespace cohort::rewards {

struct CodeTest {
  std::string input, output;  // of a program
  std::string arguments;      // of a function, as its driver reads them
  CodeValue expected;
};

struct CodeAnswer {
  std::string language;
  std::string function;  // empty: the tests are of a program
  std::vector<CodeTest> tests;
  std::optional<double> time_limit;     // CPU seconds of a test
  std::optional<int64_t> memory_limit;  // bytes of a test
};

/// Throws Error, naming the field, for an answer that is not well formed, and for one without tests.
CodeAnswer parse_code_answer(std::string_view json);

}  // namespace cohort::rewards
