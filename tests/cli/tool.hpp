// Runs the built program as a user would.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "cli/scratch.hpp"

namespace cohort::test {

struct Result {
  int code;  // of exit; 128 + signal if one ended it
  std::string out, err;

  std::vector<nlohmann::json> lines() const {
    std::vector<nlohmann::json> parsed;
    for (const std::string& line : split_lines(out)) parsed.push_back(nlohmann::json::parse(line));
    return parsed;
  }
};

/// A running program; its streams are files of `scratch`.
class Process {
 public:
  Process(const std::vector<std::string>& words, const std::string& input = "") {
    const std::string in = scratch_.write("in", input);
    pid_ = ::fork();
    if (pid_ != 0) return;
    const auto redirect = [](const std::string& file, int flags, int descriptor) {
      ::dup2(::open(file.c_str(), flags, 0600), descriptor);
    };
    redirect(in, O_RDONLY, 0);
    redirect(scratch_ / "out", O_WRONLY | O_CREAT, 1);
    redirect(scratch_ / "err", O_WRONLY | O_CREAT, 2);
    std::vector<char*> argv = {const_cast<char*>(COHORT_TOOL)};
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(COHORT_TOOL, argv.data());
    ::_exit(127);
  }

  void signal(int number) const { ::kill(pid_, number); }

  Result wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return {code, read_text(scratch_ / "out"), read_text(scratch_ / "err")};
  }

 private:
  Scratch scratch_;
  pid_t pid_ = -1;
};

inline Result run(const std::vector<std::string>& words, const std::string& input = "") {
  return Process(words, input).wait();
}

/// True once `condition` holds; false if it does not within a minute.
inline bool wait_until(const std::function<bool()>& condition) {
  using namespace std::chrono_literals;
  for (int i = 0; i < 1200; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

/// A config.json of a model that computes in microseconds.
inline std::string tiny_config(int vocab_size = 40) {
  const nlohmann::json config = {{"architectures", {"LlamaForCausalLM"}},
                                 {"model_type", "llama"},
                                 {"vocab_size", vocab_size},
                                 {"hidden_size", 32},
                                 {"intermediate_size", 64},
                                 {"num_hidden_layers", 2},
                                 {"num_attention_heads", 2},
                                 {"num_key_value_heads", 1},
                                 {"head_dim", 16},
                                 {"max_position_embeddings", 128},
                                 {"rms_norm_eps", 1e-6},
                                 {"rope_theta", 10000.0},
                                 {"hidden_act", "silu"},
                                 {"attention_bias", false},
                                 {"mlp_bias", false},
                                 {"initializer_range", 0.1},
                                 {"tie_word_embeddings", true},
                                 {"torch_dtype", "float32"}};
  return config.dump(1);
}

}  // namespace cohort::test
