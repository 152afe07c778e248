#include "src/cli/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "src/cli/config.hpp"
#include "src/text/nearest.hpp"

namespace cohort::cli {
namespace {

using Options = std::vector<Option>;

Options join(std::initializer_list<Options> lists) {
  Options all;
  for (const Options& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

const Option kModel = {"model", "PATH", "a Hugging Face directory or a .gguf file"};
const Option kSeed = {"seed", "N", "of random numbers (0)"};
const Option kQuiet = {"quiet", "", "no progress on stderr"};
const Options kMachine = {{"device", "D", "cpu, cuda or cuda:N (cpu)"},
                          {"dtype", "T", "of the weights: float32 or bfloat16 (float32)"},
                          {"threads", "N", "of the CPU kernels (one for each core)"}};
const Options kInput = {{"input", "FILE", "lines to read (standard input)"},
                        {"skip-bad-lines", "", "leave out bad lines and count them on stderr"}};
const Options kSampling = {{"max-new-tokens", "N", "of a completion at most (512)"},
                           {"temperature", "X", "what logits are divided by; 0: greedy (1)"},
                           {"top-k", "N", "draw from the k likeliest tokens; 0: all (0)"},
                           {"top-p", "X", "draw from the smallest set of this mass (1)"},
                           {"min-p", "X", "draw from tokens this likely beside the likeliest (0)"},
                           {"batch-size", "N", "sequences decoded at once; never changes a result (64)"}};

std::string config_help() {
  std::string text = "Configuration keys (TOML), with type, default and range:\n";
  std::string section;
  for (const KeyHelp& key : config_keys()) {
    const size_t dot = key.name.find('.');
    if (key.name.substr(0, dot) != section) {
      section = key.name.substr(0, dot);
      text += fmt::format("\n  [{}]\n", section);
      if (section == "model")
        text +=
            "  [task]  name and the task's options: see cohort tasks\n"
            "  [[reward]]  the reward's parameters (see cohort rewards) and how it counts; no section: the task's own\n"
            "    name       of the reward, or as the log shall call it beside one of:\n"
            "    rule       the reward's name\n"
            "    plugin     a shared object (cohort/plugin.h); isolated = true: in a process of its own\n"
            "    command    a program that reads and writes lines of JSON: words, or a list\n"
            "    url        of a server that is sent JSON\n"
            "    settings   {key = value} for one of these three\n"
            "    weight     as it is, never scaled (1.0)\n"
            "    on_error   what a failure makes of the total: skip, zero, min or abort (skip)\n"
            "    gate       counts only where another reward gave at least 1: \"NAME\" or \"NAME >= number\"\n"
            "    clip       the score to [low, high]\n"
            "    deadline   seconds of a call (60; adapters: see cohort rewards)\n"
            "    max_failure_rate   share of failures in a step that is not worth a warning (0.1)\n";
    }
    const std::string range = key.range.empty() ? "" : ", " + key.range;
    text += fmt::format("  {:<20} {}\n  {:<20}   {} ({}{})\n", key.name.substr(dot + 1), key.doc, "", key.fallback,
                        key.type, range);
  }
  return text;
}

const std::vector<Command>& table() {
  static const std::vector<Command> rows = {
      {"train",
       {"CONFIG.toml [--set key=value]... [--steps N] [--out DIR]", "--resume DIR [--steps N]"},
       "train a policy with GRPO as a configuration says",
       join({{{"set", "KEY=VALUE", "set one key of the configuration", true},
              {"steps", "N", "train.steps"},
              {"out", "DIR", "the run folder, new or empty (runs/CONFIG)"},
              {"resume", "DIR", "go on in this run folder from its newest checkpoint"},
              {"samples", "N", "train.show_samples: completions shown after each step"},
              {"model", "PATH", "model.path"},
              {"seed", "N", "train.seed"},
              kQuiet},
             {{"device", "D", "model.device"}, {"dtype", "T", "model.dtype"}, {"threads", "N", "train.threads"}}}),
       1,
       true,
       config_help()},
      {"plan",
       {"CONFIG.toml [--set key=value]..."},
       "memory that a run will need, before it starts",
       {{"set", "KEY=VALUE", "set one key of the configuration", true},
        {"model", "PATH", "model.path"},
        {"device", "D", "model.device; the machine need not have it"},
        {"dtype", "T", "model.dtype"},
        kQuiet},
       1,
       true,
       "Writes one object: the parts with their bytes, where they lie and when they are there; what a rollout and an\n"
       "update take; how many sequences the cache of keys and values has room for. A table of the same goes to "
       "stderr.\n"},
      {"generate",
       {"--model M --prompt TEXT", "--model M --chat TEXT", "--model M < LINES"},
       "sample completions",
       join({{kModel,
              {"prompt", "TEXT", "continue this text, streamed to stdout"},
              {"chat", "TEXT", "answer this message of a user, streamed to stdout"}},
             kSampling,
             {{"num-completions", "N", "of each prompt (1)"},
              {"stop", "STR", "a string that ends a completion", true},
              {"ignore-eos", "", "the model's own stop tokens do not end a completion"},
              {"precision", "P",
               "exact; int8, on a CPU, fp8, on a GPU: layers in eight bits; fast: sums in any order, on a GPU (exact)"},
              kSeed,
              kQuiet},
             kMachine,
             kInput}),
       0,
       true,
       "Reads {\"prompt\": str}, {\"messages\": [{\"role\", \"content\"}]} or {\"tokens\": [int]}, a line each. "
       "Writes\n"
       "{\"prompt_tokens\", \"completions\": [{\"text\", \"tokens\", \"logprobs\", \"finish_reason\"}]} in the same "
       "order.\n"
       "A sample depends on the seed, its line and the weights alone.\n"},
      {"logprobs",
       {"--model M < LINES"},
       "log-probability of each token given those before it",
       join({{kModel, kQuiet}, kMachine, kInput}),
       0,
       true,
       "Reads {\"text\": str} or {\"tokens\": [int]}. Writes {\"tokens\": [int], \"logprobs\": [null, float...]}.\n"},
      {"tokenize",
       {"--model M < LINES"},
       "text to tokens and back",
       join({{kModel, kQuiet}, kInput}),
       0,
       true,
       "Reads {\"text\": str}, {\"messages\": [...]} or {\"tokens\": [int]}. Writes {\"tokens\"}, {\"text\", "
       "\"tokens\"} or\n"
       "{\"text\"}.\n"},
      {"score",
       {"--reward NAME[:key=value,...] < LINES", "--config FILE < LINES"},
       "grade completions",
       join({{{"reward", "NAME", "a reward with its parameters: NAME:key=value,key=value"},
              {"config", "FILE", "the rewards of a configuration"},
              {"check-gold", "", "grade the gold answers themselves: lines need no completion"},
              {"threads", "N", "that grade (1)"},
              kQuiet},
             kInput}),
       0,
       false,
       "Reads {\"completion\": str, \"answer\": any, \"prompt\": str, ...}. Writes {\"score\", \"verdict\", "
       "\"extracted\",\n"
       "\"rule\", \"microseconds\"}, and \"error\" where a rule failed. Several rewards of a configuration add\n"
       "\"total\", their weighted sum, and \"rewards\", each by its name. Rewards outside this program:\n"
       "plugin:FILE.so, command:WORDS, url:URL, each with ,key=value and ,settings.key=value; see cohort rewards and\n"
       "docs/rewards.md. --check-gold writes {\"gold\": true, false or null, \"tried\"} and fails if any is false.\n"},
      {"rewards", {""}, "list rewards with parameters, defaults and formulas", {}, 0, false, ""},
      {"tasks",
       {"", "show NAME", "sample NAME --level L --n N --seed S"},
       "list tasks, show one, or draw problems from one",
       {{"level", "L", "the task's level of difficulty"}, {"n", "N", "problems (5)"}, {"seed", "S", "the task's seed"}},
       2,
       false,
       ""},
      {"eval",
       {"--model M --task NAME[:key=value,...] [--n N] [--k K]", "CONFIG.toml"},
       "accuracy on held-out problems",
       join({{kModel,
              {"task", "NAME", "a task with its options: NAME:key=value,key=value"},
              {"set", "KEY=VALUE", "set one key of the configuration", true},
              {"n", "N", "problems (100)"},
              {"k", "K", "completions of each, for pass@k (1)"}},
             kSampling,
             {kSeed, kQuiet},
             kMachine}),
       1,
       true,
       "Writes one object. accuracy is pass@1; pass@k is the unbiased estimate 1 - C(n-c, k) / C(n, k). Intervals are\n"
       "95 %: Wilson's with one completion a problem, else a bootstrap of 2000 resamples over problems.\n"},
      {"export",
       {"--model M --out DIR_OR_FILE [--dtype T]"},
       "write a model in another format",
       {kModel,
        {"out", "PATH", "a directory, or a file that ends in .gguf"},
        {"dtype", "T", "of the weights: float32 or bfloat16 (that of the checkpoint)"},
        kQuiet},
       0,
       true,
       ""},
      {"new",
       {"--config config.json --out DIR [--seed N] [--alphabet STR | --tokenizer DIR]"},
       "make a randomly initialised model",
       {{"config", "FILE", "a Hugging Face config.json"},
        {"out", "DIR", "the directory to make"},
        kSeed,
        {"alphabet", "STR", "its characters, one token each"},
        {"tokenizer", "DIR", "take the tokenizer of this model"},
        {"dtype", "T", "of the weights: float32 or bfloat16 (float32)"},
        kQuiet},
       0,
       true,
       "Without --alphabet and --tokenizer it takes the tokenizer beside the configuration, or else printable "
       "ASCII.\n"},
  };
  return rows;
}

}  // namespace

std::span<const Command> commands() { return table(); }

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : table()) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  throw UsageError(fmt::format("unknown command {}; the nearest is {}", name, text::nearest(name, names)));
}

std::string help_of_program() {
  std::string text =
      "cohort trains language models with GRPO.\n\nUsage: cohort COMMAND [OPTION]...\n"
      "       cohort COMMAND --help\n       cohort --version\n\nCommands:\n";
  for (const Command& command : table()) text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  return text +
         "\nData goes to stdout, everything else to stderr.\n"
         "Exit codes: 0 done; 1 the work failed; 2 wrong usage or bad input, nothing done; 128 + signal.\n";
}

std::string help_of(const Command& command) {
  std::string text = fmt::format("cohort {}: {}\n\n", command.name, command.summary);
  for (const std::string& usage : command.usage)
    text +=
        fmt::format("{} cohort {} {}\n", &usage == &command.usage.front() ? "Usage:" : "      ", command.name, usage);
  text += "\nOptions:\n";
  for (const Option& option : command.options) {
    const std::string spelled = fmt::format("--{} {}", option.name, option.value);
    text += fmt::format("  {:<24} {}{}\n", spelled, option.help, option.repeatable ? "; may be repeated" : "");
  }
  text += fmt::format("  {:<24} {}\n", "--help", "this text");
  return command.help.empty() ? text : text + "\n" + command.help;
}

int run_command(std::span<const std::string> words, const std::map<std::string, CommandBody>& bodies,
                const std::function<int()>& otherwise) {
  const Command& command = find_command(words.front());
  if (std::find(words.begin(), words.end(), "--help") != words.end())
    return guarded(command.name, [&] { std::fputs(help_of(command).c_str(), stdout); });
  Arguments arguments;
  const int code = guarded(command.name, [&] {
    arguments = parse_arguments(words.subspan(1), command.options);
    if (arguments.positional.size() > command.max_positional)
      throw UsageError(fmt::format("unexpected argument {}: expected {}", arguments.positional[command.max_positional],
                                   command.usage.front()));
  });
  if (code != 0) return code;
  const auto body = bodies.find(command.name);
  if (body == bodies.end()) return otherwise();
  return guarded(command.name, [&] { body->second(arguments); });
}

}  // namespace cohort::cli
