#include "cohort/tasks/dataset.hpp"

#include <memory>
#include <unordered_set>

#include "cohort/error.hpp"
#include "cohort/rewards/gsm8k.hpp"
#include "src/random/permutation.hpp"
#include "src/tasks/generator.hpp"
#include "src/tasks/line_file.hpp"

namespace cohort::tasks {
namespace {

/// What makes two problems the same question, whatever their answers.
uint64_t question_hash(const Problem& problem) {
  std::string text = problem.prompt;
  for (const Message& message : problem.messages) text += "\x1f" + message.role + "\x1f" + message.content;
  return stable_hash(text);
}

/// Some lines of a file, in a shuffled order.
struct Lines {
  std::shared_ptr<const LineFile> file;
  std::vector<uint64_t> offsets;
  LineOptions options;
  bool shuffle = true;
  uint64_t seed = 0;

  Problem operator()(int64_t index) const {
    const uint64_t size = offsets.size();
    check(index >= 0 && static_cast<uint64_t>(index) < size, "dataset: {} has problems [0, {}), got index {}",
          file->path().string(), size, index);
    const uint64_t place = static_cast<uint64_t>(index);
    const uint64_t offset = offsets[shuffle ? random::permute(place, size, seed) : place];
    try {
      Problem problem = problem_from_json(file->line_at(offset), options);
      problem.index = index;
      return problem;
    } catch (const Error& error) {
      throw Error(
          fmt::format("{}, byte {}: changed since it was opened: {}", file->path().string(), offset, error.what()));
    }
  }
};

/// Reads every line once, so that a bad one is an error at the start and not in the middle of a run.
template <typename Visit>
std::shared_ptr<const LineFile> read_through(const std::filesystem::path& path, const DatasetOptions& options,
                                             const Visit& visit) {
  auto file = std::make_shared<const LineFile>(path, options.max_line_bytes);
  // Without system and instruction: which problems are held out does not depend on how they are asked.
  const LineOptions bare{.prompt_key = options.line.prompt_key, .answer_key = options.line.answer_key};
  file->for_each_line([&](int64_t number, uint64_t offset, std::string_view line) {
    Problem problem;
    try {
      problem = problem_from_json(line, bare);
    } catch (const Error& error) {
      throw Error(fmt::format("{}:{}: {}", path.string(), number, error.what()));
    }
    visit(offset, problem);
  });
  return file;
}

}  // namespace

Task dataset(const std::filesystem::path& file, DatasetOptions options) {
  check(options.held_out_fraction >= 0 && options.held_out_fraction < 1,
        "dataset: held_out_fraction must be in [0, 1), got {}", options.held_out_fraction);
  check(options.held_out_file.empty() || options.held_out_fraction == 0,
        "dataset: expected held_out_file or held_out_fraction, got both: \"{}\" and {}", options.held_out_file,
        options.held_out_fraction);
  check(options.max_line_bytes > 0, "dataset: max_line_bytes must be positive, got {}", options.max_line_bytes);

  const auto make_lines = [&] {
    return std::make_shared<Lines>(
        Lines{.file = {}, .offsets = {}, .options = options.line, .shuffle = options.shuffle, .seed = options.seed});
  };
  const auto train = make_lines(), held_out = make_lines();
  std::unordered_set<uint64_t> held_out_questions;
  if (!options.held_out_file.empty()) {
    held_out->file = read_through(options.held_out_file, options, [&](uint64_t offset, const Problem& problem) {
      held_out->offsets.push_back(offset);
      held_out_questions.insert(question_hash(problem));
    });
    check(!held_out->offsets.empty(), "dataset: {} has no problems", options.held_out_file);
  }
  int64_t num_left_out = 0;
  train->file = read_through(file, options, [&](uint64_t offset, const Problem& problem) {
    const uint64_t hash = question_hash(problem);
    if (held_out_questions.contains(hash))
      ++num_left_out;
    else if (random::to_unit_double(static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(hash)) <
             options.held_out_fraction)
      held_out->offsets.push_back(offset);
    else
      train->offsets.push_back(offset);
  });
  if (options.held_out_file.empty()) held_out->file = train->file;
  check(!train->offsets.empty(),
        "dataset: {} has no problems to train on: {} held out, {} left out because {} has them", file.string(),
        options.held_out_file.empty() ? held_out->offsets.size() : 0, num_left_out,
        options.held_out_file.empty() ? "no file" : options.held_out_file);

  return {.name = file.stem().string(),
          .size = static_cast<int64_t>(train->offsets.size()),
          .problem = [train](int64_t index) { return (*train)(index); },
          .held_out_size = static_cast<int64_t>(held_out->offsets.size()),
          .held_out = [held_out](int64_t index) { return (*held_out)(index); },
          .demonstration = {},
          .rewards = std::move(options.rewards)};
}

Task gsm8k(const std::filesystem::path& file, DatasetOptions options) {
  if (options.line.instruction.empty())
    options.line.instruction = "Think step by step. End with the answer as \"#### <number>\".";
  if (options.rewards.empty()) options.rewards = {{"answer", rewards::gsm8k()}};
  Task task = dataset(file, std::move(options));
  task.name = "gsm8k";
  // The gold text is a worked answer, apart from its calculator marks: 48/2 = <<48/2=24>>24.
  task.demonstration = [](const Problem& problem) {
    std::string text;
    for (std::string_view rest = problem.answer; !rest.empty();) {
      const size_t mark = rest.find("<<");
      text += rest.substr(0, mark);
      const size_t end = mark == rest.npos ? rest.npos : rest.find(">>", mark);
      if (end == rest.npos) break;
      rest.remove_prefix(end + 2);
    }
    return text;
  };
  return task;
}

}  // namespace cohort::tasks
