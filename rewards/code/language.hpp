// Languages by name: how a program of each is compiled and run.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::rewards {

struct CodeLanguage {
  std::string_view name;
  std::vector<std::string_view> tags;     // of its fences, besides its name
  std::string_view file;                  // of the source
  std::vector<std::string_view> tools;    // the first that is on the machine is {tool}
  std::vector<std::string_view> compile;  // makes ./main; empty where nothing is compiled
  std::vector<std::string_view> run;
  std::vector<std::string_view> folders;  // shown in the box besides /usr
};

/// All languages, on this machine or not. Python comes first and has no commands: the sandbox knows how to run it.
const std::vector<CodeLanguage>& languages();

/// Throws Error, naming the nearest, if there is none of that name.
const CodeLanguage& find_language(std::string_view name);

/// The path of the first of the language's tools that is in /usr/local/bin, /usr/bin or /bin.
std::optional<std::string> find_tool(const CodeLanguage& language);

/// A command's words with {tool} filled in.
std::vector<std::string> fill_in(std::span<const std::string_view> words, const std::string& tool);

}  // namespace cohort::rewards
