// What the reference made of the corpus: scripts/golden/make_tokenizer_golden.py.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cohort/tokenizer.hpp"

namespace cohort::test {

using Json = nlohmann::json;
using Ids = std::vector<int64_t>;

inline const std::filesystem::path golden = std::filesystem::path(COHORT_SOURCE_DIR) / "tests/tokenizer/golden";

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline Json read_json(const std::filesystem::path& file) { return Json::parse(read_file(file)); }

/// A directory that is gone when the test is.
struct TemporaryDirectory {
  explicit TemporaryDirectory(const std::string& name)
      : path(std::filesystem::temp_directory_path() / ("cohort_tokenizer_" + name + "_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
  }

  std::filesystem::path path;
};

/// The message of the Error that `call` throws; empty where it throws none.
template <typename Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

}  // namespace cohort::test
