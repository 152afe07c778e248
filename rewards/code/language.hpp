// Languages by name: how a program of each is compiled and run, and how a function of it is called.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::rewards {

/// How functions of a language are called: a driver reads the arguments, JSON, from the file arguments.json, calls the
/// function and writes what it returned to the file result, encoded as decode_result() reads it.
struct CallDriver {
  std::string_view file, source;
  std::vector<std::string_view> compile, run;  // as of a program; {function} is the function's name
  bool mixes_numbers = false;                  // the language has one type of numbers: 1.0 is 1
};

struct CodeLanguage {
  std::string_view name;
  std::vector<std::string_view> tags;     // of its fences, besides its name
  std::string_view file;                  // of the source
  std::vector<std::string_view> tools;    // the first that is on the machine is {tool}
  std::vector<std::string_view> compile;  // makes ./main; empty where nothing is compiled
  std::vector<std::string_view> run;
  std::vector<std::string_view> folders;  // shown in the box besides /usr
  std::optional<CallDriver> call;         // none: tests of functions are not for it, unless the sandbox has a driver
};

/// All languages, on this machine or not. Python comes first and has no commands: the sandbox knows how to run it.
const std::vector<CodeLanguage>& languages();

/// Throws Error, naming the nearest, if there is none of that name.
const CodeLanguage& find_language(std::string_view name);

/// Whether tests may be of a function.
bool has_functions(const CodeLanguage& language);

/// The path of the first of the language's tools that is in /usr/local/bin, /usr/bin or /bin.
std::optional<std::string> find_tool(const CodeLanguage& language);

/// A command's words with {tool} and {function} filled in.
std::vector<std::string> fill_in(std::span<const std::string_view> words, std::string_view tool,
                                 std::string_view function = {});

}  // namespace cohort::rewards
