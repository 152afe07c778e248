// Runs programs of any language in a sandbox, which is started when it is first needed.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cohort/sandbox.hpp"
#include "rewards/code/answer.hpp"
#include "rewards/code/language.hpp"

namespace cohort::rewards {

/// A program that is ready to run.
struct Executable {
  const CodeLanguage* language = nullptr;
  std::string content;  // the source, or what was made of it
  bool compiles = true;
};

/// Thread-safe.
class CodeRunner {
 public:
  explicit CodeRunner(SandboxOptions options) : options_(std::move(options)) {}

  /// Compiles, unless the same source was compiled lately. Throws Error if the machine cannot.
  std::shared_ptr<const Executable> prepare(const CodeLanguage& language, std::string_view source);

  /// Runs one test. Throws Error if the machine fails.
  SandboxResult run(const Executable& program, const CodeAnswer& answer, const CodeTest& test,
                    const SandboxLimits& limits);

 private:
  const Sandbox& sandbox();
  std::shared_ptr<const Executable> compile(const CodeLanguage& language, const std::string& tool,
                                            std::string_view source);

  const SandboxOptions options_;
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
