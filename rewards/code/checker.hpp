// Says what an output is worth: by a comparison, or by a checker, a program of the data set.
#pragma once

#include <string>

#include "rewards/code/runner.hpp"

namespace cohort::rewards {

struct Judgement {
  std::string verdict;
  double worth;  // in [0, 1]; 1 is accepted
};

inline Judgement accepted_if(bool is_right) {
  return is_right ? Judgement{"accepted", 1} : Judgement{"wrong_answer", 0};
}

/// Runs a checker as `CHECKER input.txt output.txt answer.txt`: what the program read, what it wrote, what the test
/// expects. It ends as testlib's do: 0 accepted; 1, 2, 4, 8 wrong_answer; 7 partial, its worth in [0, 1] at the start
/// of its stderr, with or without the word "points". Throws Error for anything else: then the checker has failed. It is
/// written in Python, C or C++: in most other languages it would fail with a status that says wrong_answer.
Judgement ask_checker(CodeRunner& runner, const CheckerProgram& checker, std::string_view input,
                      std::string_view output, std::string_view answer);

}  // namespace cohort::rewards
