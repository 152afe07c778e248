// What the benchmark programs share: words of the command line, clocks, and random prompts.
#pragma once

#include <ATen/core/ScalarType.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "cohort/error.hpp"

namespace cohort::benchmarks {

/// `--name value` pairs. A program states its names with their defaults; another name is an Error.
class Arguments {
 public:
  Arguments(int argc, char** argv, std::map<std::string, std::string> defaults) : values_(std::move(defaults)) {
    for (int i = 1; i < argc; i += 2) {
      const std::string word = argv[i];
      const auto entry = values_.find(word.starts_with("--") ? word.substr(2) : "");
      check(entry != values_.end(), "{}: unknown option; expected one of {}", word, names());
      check(i + 1 < argc, "{}: expected a value", word);
      entry->second = argv[i + 1];
    }
  }

  const std::string& text(const std::string& name) const { return values_.at(name); }
  int64_t integer(const std::string& name) const { return parse(name, text(name)); }

  /// "1,8,32"
  std::vector<int64_t> integers(const std::string& name) const {
    std::vector<int64_t> numbers;
    for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = text(name).find(',', begin);
      numbers.push_back(parse(name, text(name).substr(begin, end - begin)));
    }
    return numbers;
  }

  at::ScalarType dtype(const std::string& name) const {
    check(text(name) == "float32" || text(name) == "bfloat16", "--{}: expected float32 or bfloat16, got {}", name,
          text(name));
    return text(name) == "float32" ? at::kFloat : at::kBFloat16;
  }

 private:
  static int64_t parse(const std::string& name, const std::string& word) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    check(error == std::errc() && end == word.data() + word.size() && value >= 0, "--{}: expected a number, got \"{}\"",
          name, word);
    return value;
  }
  std::string names() const {
    std::string all;
    for (const auto& [name, value] : values_) all += (all.empty() ? "--" : ", --") + name;
    return all;
  }

  std::map<std::string, std::string> values_;
};

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Random ids: the speed of a policy does not depend on what it reads.
inline std::vector<int64_t> random_tokens(int64_t count, int64_t vocab_size, std::mt19937_64& random) {
  std::uniform_int_distribution<int64_t> id(0, vocab_size - 1);
  std::vector<int64_t> tokens(static_cast<size_t>(count));
  for (int64_t& token : tokens) token = id(random);
  return tokens;
}

}  // namespace cohort::benchmarks
