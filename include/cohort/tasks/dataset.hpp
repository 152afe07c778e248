#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cohort/task.hpp"

namespace cohort::tasks {

/// How a JSON line becomes a problem. {"prompt": str} is continued as it is; {"messages": [{"role", "content"}]} and
/// {"prompt": [{…}]} are a chat; {"question": str} is one message of the user.
struct LineOptions {
  std::string prompt_key = "prompt";
  std::string answer_key = "answer";  // "": the lines need no answer
  std::string system;                 // a first message, where a chat has no system message
  std::string instruction;            // appended to the last message, or to the prompt, after a line end
};

/// The problem on one line: an answer that is no string is kept as compact JSON, other columns become fields. Throws
/// Error that says what was expected and found; JSON deeper than 64 levels is refused.
Problem problem_from_json(std::string_view line, const LineOptions& options = {});

/// One line that reads back as the same prompt or messages, answer and fields.
std::string problem_to_json(const Problem& problem);

struct DatasetOptions {
  LineOptions line;
  std::string held_out_file;       // evaluate on this file …
  double held_out_fraction = 0.0;  // … or on this share of the problems, [0, 1), chosen by a hash of prompt or messages
  bool shuffle = true;             // order by a permutation that depends on the seed alone
  uint64_t seed = 0;
  int64_t max_line_bytes = 64 << 20;
  std::vector<RewardTerm> rewards;
};

/// The lines of a JSONL file; blank lines do not count. The file is read through once, to check every line; after that
/// only the places of the lines are kept, 8 bytes each. A training problem that also stands in held_out_file is left
/// out. Throws Error with file and line: a missing file or key, a wrong type, bad JSON or UTF-8, a line that is too
/// long, no problems.
Task dataset(const std::filesystem::path& file, DatasetOptions options = {});

/// GSM8K in its own format, {"question", "answer"}, as a chat. options.line.instruction, where empty, becomes "Think
/// step by step. End with the answer as \"#### <number>\"."; rewards, where empty, become answer: rewards::gsm8k().
Task gsm8k(const std::filesystem::path& file, DatasetOptions options = {});

}  // namespace cohort::tasks
