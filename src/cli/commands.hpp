// The table of commands: what --help prints and what the parser accepts. A new command is a row here, a file with its
// name, and its name in the main of its half.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "src/cli/options.hpp"

namespace cohort::cli {

struct Command {
  std::string name;
  std::vector<std::string> usage;  // what follows `cohort NAME`
  std::string summary;
  std::vector<Option> options;
  size_t max_positional = 0;
  bool loads_models = false;  // runs in the program that links LibTorch
  std::string help;           // paragraphs below the options
};

std::span<const Command> commands();

/// Throws UsageError naming the nearest command.
const Command& find_command(const std::string& name);

std::string help_of_program();
std::string help_of(const Command& command);

using CommandBody = std::function<void(const Arguments& arguments)>;

/// Parses `words` (the command's name first), runs its body from `bodies` and returns the exit code. Answers --help
/// itself. What `bodies` lacks goes to `otherwise`.
int run_command(std::span<const std::string> words, const std::map<std::string, CommandBody>& bodies,
                const std::function<int()>& otherwise = {});

}  // namespace cohort::cli
