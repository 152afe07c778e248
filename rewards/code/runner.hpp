// Runs programs of any language in a sandbox, which is started when it is first needed.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <unordered_map>

#include "cohort/sandbox.hpp"
#include "rewards/code/answer.hpp"
#include "rewards/code/language.hpp"

namespace cohort::rewards {

/// A program that is ready to run.
struct Executable {
  const CodeLanguage* language = nullptr;
  std::string function;  // it is to be called; empty: it is to be run
  std::string content;   // the source, or what was made of it
  bool compiles = true;
};

/// Thread-safe.
class CodeRunner {
 public:
  explicit CodeRunner(SandboxOptions options);

  /// A processor to run programs on. As many are held at a time as the machine has: more programs would slow each other
  /// down until honest ones are late. Waits for one.
  class Place {
   public:
    explicit Place(CodeRunner& runner) : runner_(runner) { runner_.places_.acquire(); }
    ~Place() { runner_.places_.release(); }
    Place(const Place&) = delete;

   private:
    CodeRunner& runner_;
  };

  /// Compiles, unless the same source was compiled lately. Throws Error if the machine cannot.
  std::shared_ptr<const Executable> prepare(const CodeLanguage& language, std::string_view source,
                                            std::string_view function = {});

  /// Each runs one program in a box of its own. Throws Error if the machine fails.
  SandboxResult run(const Executable& program, std::string_view input, const SandboxLimits& limits);
  /// Calls its function; `arguments` is a JSON list. What it returned is in `result`.
  SandboxResult call(const Executable& program, std::string_view arguments, const SandboxLimits& limits);
  /// Runs it with the names of the files as arguments. Of Python, an exception ends it with 3.
  SandboxResult run_on_files(const Executable& program, const std::vector<SandboxFile>& files,
                             const SandboxLimits& limits);

 private:
  const Sandbox& sandbox();
  SandboxRun request(const Executable& program, const SandboxLimits& limits) const;
  std::shared_ptr<const Executable> compile(const CodeLanguage& language, const std::string& tool,
                                            std::string_view source, std::string_view function);

  const SandboxOptions options_;
  std::counting_semaphore<> places_;
  std::mutex starting_;
  std::unique_ptr<Sandbox> sandbox_;

  // What was compiled, the latest first.
  struct Kept {
    std::string key;
    std::shared_ptr<const Executable> program;
  };
  std::mutex keeping_;
  std::list<Kept> kept_;
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_key_;
  size_t kept_bytes_ = 0;
};

}  // namespace cohort::rewards
