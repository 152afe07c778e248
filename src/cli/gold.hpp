// Whether the rewards of a run find its own gold answers right: a wrong column or a wrong reward shows before the run.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cohort/task.hpp"

namespace cohort::cli {

/// A gold answer that was graded as if a policy had given it.
struct GoldCheck {
  bool is_checked = false;  // false: the answer is structured and there is no worked example, so nothing can be graded
  bool is_right = false;    // it earned at least 1 in one of the forms a policy may give it
  std::string text;         // the form that was right, or else the first one tried
  Grade grade;              // of that form
};

/// Tries the worked example, the answer as it stands, in \boxed{}, in <answer> and after ####.
GoldCheck check_gold(const RewardTerm& term, const Problem& problem, const std::string& worked_example = "");

struct GoldReport {
  int64_t checked = 0, wrong = 0;
  std::vector<std::string> lines;  // for a person: a summary, then the first few that are wrong
};

/// All of `problems` by each term that reads an answer.
std::vector<GoldReport> check_gold(std::span<const RewardTerm> terms, std::span<const Problem> problems,
                                   const std::function<std::string(const Problem&)>& demonstration);

}  // namespace cohort::cli
