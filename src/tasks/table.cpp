#include "cohort/tasks/table.hpp"

#include "cohort/rewards/table.hpp"
#include "cohort/tasks/arithmetic.hpp"
#include "cohort/tasks/countdown.hpp"
#include "cohort/tasks/dataset.hpp"
#include "src/text/settings.hpp"

namespace cohort::tasks {
namespace {

const text::Choices<Form> forms = {{"text", Form::text}, {"chat", Form::chat}};

constexpr auto arithmetic_fields = [](auto& options, auto&& field) {
  field("size", options.size, "number of training problems");
  field("held_out_size", options.held_out_size, "number of held-out problems");
  field("min_terms", options.min_terms, "fewest terms of a chain");
  field("max_terms", options.max_terms, "most terms of a chain");
  field("min_digits", options.min_digits, "fewest digits of a term");
  field("max_digits", options.max_digits, "most digits of a term");
  field("operators", options.operators, "some of + - *");
  field("form", options.form, "a text to continue, or a chat", forms);
  field("instruction", options.instruction, "what closes a chat message");
  field("level", options.level, "1 … 10 sets terms and digits; 0 leaves them");
  field("slips", options.slips, "share of carries that worked examples forget: a teacher to become better than");
  field("seed", options.seed, "another seed, other problems");
};

constexpr auto countdown_fields = [](auto& options, auto&& field) {
  field("size", options.size, "number of training problems");
  field("held_out_size", options.held_out_size, "number of held-out problems");
  field("min_numbers", options.min_numbers, "fewest numbers of a game");
  field("max_numbers", options.max_numbers, "most numbers of a game");
  field("min_value", options.min_value, "smallest number");
  field("max_value", options.max_value, "largest number");
  field("min_target", options.min_target, "smallest target");
  field("max_target", options.max_target, "largest target");
  field("form", options.form, "a text to continue, or a chat", forms);
  field("level", options.level, "1 … 10 sets numbers, values and targets; 0 leaves them");
  field("seed", options.seed, "another seed, other problems");
};

struct FileOptions {
  std::string file;
  std::string reward;
  DatasetOptions dataset;
};

constexpr auto file_fields = [](auto& options, auto&& field) {
  field("file", options.file, "the JSONL file; required");
  field("held_out_file", options.dataset.held_out_file, "evaluate on this file");
  field("held_out_fraction", options.dataset.held_out_fraction, "or on this share of the problems");
  field("prompt_key", options.dataset.line.prompt_key, "the column to continue");
  field("answer_key", options.dataset.line.answer_key, "the column of the gold answer");
  field("system", options.dataset.line.system, "a first message for chats without a system message");
  field("instruction", options.dataset.line.instruction, "appended to the last message, or to the prompt");
  field("shuffle", options.dataset.shuffle, "in a random order");
  field("seed", options.dataset.seed, "another seed, another order");
  field("max_line_bytes", options.dataset.max_line_bytes, "the longest line that is read");
  field("reward", options.reward, "the reward of a run that configures none, NAME[:key=value,…]");
};

Task make_from_file(const std::string& name, Task (*make)(const std::filesystem::path&, DatasetOptions),
                    const Settings& settings) {
  auto options = text::read_settings<FileOptions>("task \"" + name + "\"", settings, file_fields);
  check(!options.file.empty(), "task \"{}\": file is required, got none", name);
  if (!options.reward.empty()) {
    const auto [reward, parameters] = parse_named_settings(options.reward);
    options.dataset.rewards = {{"answer", rewards::make_rule(reward, parameters)}};
  }
  return make(options.file, options.dataset);
}

std::vector<TaskSpec> make_table() {
  return {
      {"arithmetic", "chains of integers, 12+7-3=, with a step-by-step demonstration",
       text::parameters_of<ArithmeticOptions>(arithmetic_fields),
       [](const Settings& settings) {
         return arithmetic(text::read_settings<ArithmeticOptions>("task \"arithmetic\"", settings, arithmetic_fields));
       }},
      {"countdown", "make a target from numbers with + - * /, each number exactly once",
       text::parameters_of<CountdownOptions>(countdown_fields),
       [](const Settings& settings) {
         return countdown(text::read_settings<CountdownOptions>("task \"countdown\"", settings, countdown_fields));
       }},
      {"dataset", "the lines of a JSONL file: {\"prompt\" or \"messages\", \"answer\", …}",
       text::parameters_of<FileOptions>(file_fields),
       [](const Settings& settings) { return make_from_file("dataset", dataset, settings); }},
      {"gsm8k", "grade-school mathematics in its own format: {\"question\", \"answer\"}",
       text::parameters_of<FileOptions>(file_fields),
       [](const Settings& settings) { return make_from_file("gsm8k", gsm8k, settings); }},
  };
}

}  // namespace

const std::vector<TaskSpec>& table() {
  static const std::vector<TaskSpec> specs = make_table();
  return specs;
}

Task make_task(const std::string& name, const Settings& settings) {
  std::vector<std::string> names;
  for (const TaskSpec& spec : table()) {
    if (spec.name == name) return spec.make(settings);
    names.push_back(spec.name);
  }
  check(false, "there is no task \"{}\"; did you mean \"{}\"?", name, text::nearest(name, names));
  return {};
}

}  // namespace cohort::tasks
