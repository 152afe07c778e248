#include "rewards/code/language.hpp"

#include <unistd.h>

#include "cohort/error.hpp"
#include "rewards/code/drivers.hpp"
#include "src/text/nearest.hpp"

namespace cohort::rewards {

const std::vector<CodeLanguage>& languages() {
  // To add one: a row. The source lies in the current folder.
  static const std::vector<CodeLanguage> table = {
      {.name = "python", .tags = {"python", "py", "python3"}, .file = "main.py", .tools = {"python3"}},
      {.name = "c",
       .tags = {"c"},
       .file = "main.c",
       .tools = {"gcc", "clang", "cc"},
       .compile = {"{tool}", "-std=gnu17", "-O2", "-w", "-o", "main", "main.c", "-lm", "-pthread"},
       .run = {"./main"}},
      {.name = "cpp",
       .tags = {"cpp", "c++", "cxx", "cc"},
       .file = "main.cpp",
       .tools = {"g++", "clang++", "c++"},
       .compile = {"{tool}", "-std=gnu++20", "-O2", "-w", "-o", "main", "main.cpp", "-pthread"},
       .run = {"./main"},
       .call = CallDriver{.file = "call.cpp",
                          .source = sandbox::embedded::cpp_driver,
                          .compile = {"{tool}", "-std=gnu++20", "-O2", "-w", "-DCOHORT_FUNCTION={function}", "-o",
                                      "main", "call.cpp", "-pthread"},
                          .run = {"./main"}}},
      {.name = "rust",
       .tags = {"rust", "rs"},
       .file = "main.rs",
       .tools = {"rustc"},
       .compile = {"{tool}", "--edition=2021", "-O", "-o", "main", "main.rs"},
       .run = {"./main"}},
      {.name = "go",
       .tags = {"go", "golang"},
       .file = "main.go",
       .tools = {"go"},
       .compile = {"{tool}", "build", "-o", "main", "main.go"},
       .run = {"./main"}},
      {.name = "java",
       .tags = {"java"},
       .file = "Main.java",
       .tools = {"java"},
       .run = {"{tool}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss64m", "Main.java"},
       .folders = {"/etc/java-11-openjdk", "/etc/java-17-openjdk", "/etc/java-21-openjdk", "/etc/java-25-openjdk"}},
      {.name = "javascript",
       .tags = {"javascript", "js", "node"},
       .file = "main.js",
       .tools = {"node", "nodejs"},
       .run = {"{tool}", "--stack-size=16000", "main.js"},
       .call = CallDriver{.file = "call.js",
                          .source = sandbox::embedded::javascript_driver,
                          .run = {"{tool}", "--stack-size=16000", "call.js", "{function}"},
                          .mixes_numbers = true}},
      {.name = "bash",
       .tags = {"bash", "sh", "shell"},
       .file = "main.sh",
       .tools = {"bash"},
       .run = {"{tool}", "main.sh"}},
      {.name = "ruby", .tags = {"ruby", "rb"}, .file = "main.rb", .tools = {"ruby"}, .run = {"{tool}", "main.rb"}},
      {.name = "perl", .tags = {"perl", "pl"}, .file = "main.pl", .tools = {"perl"}, .run = {"{tool}", "main.pl"}},
      {.name = "php", .tags = {"php"}, .file = "main.php", .tools = {"php"}, .run = {"{tool}", "main.php"}},
      {.name = "lua",
       .tags = {"lua"},
       .file = "main.lua",
       .tools = {"lua5.4", "lua", "luajit"},
       .run = {"{tool}", "main.lua"}},
  };
  return table;
}

const CodeLanguage& find_language(std::string_view name) {
  std::vector<std::string> names;
  for (const CodeLanguage& language : languages()) {
    if (language.name == name) return language;
    names.emplace_back(language.name);
  }
  check(false, "code: there is no language \"{}\"; did you mean \"{}\"?", name,
        text::nearest(std::string(name), names));
  return languages().front();
}

std::optional<std::string> find_tool(const CodeLanguage& language) {
  for (const std::string_view tool : language.tools)
    for (const std::string folder : {"/usr/local/bin/", "/usr/bin/", "/bin/"}) {
      const std::string path = folder + std::string(tool);
      if (access(path.c_str(), X_OK) == 0) return path;
    }
  return std::nullopt;
}

bool has_functions(const CodeLanguage& language) { return language.run.empty() || language.call.has_value(); }

std::vector<std::string> fill_in(std::span<const std::string_view> words, std::string_view tool,
                                 std::string_view function) {
  constexpr std::string_view tool_mark = "{tool}", function_mark = "{function}";
  std::vector<std::string> filled;
  for (const std::string_view word : words) {
    std::string& text = filled.emplace_back(word == tool_mark ? tool : word);
    if (const size_t mark = text.find(function_mark); word != tool_mark && mark != text.npos)
      text.replace(mark, function_mark.size(), function);
  }
  return filled;
}

}  // namespace cohort::rewards
