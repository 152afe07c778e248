// Files that tests of readers need: a folder that goes away, and a GGUF file made piece by piece.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cohort/error.hpp"

namespace cohort::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "cohort-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "{}: cannot be made", name);
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string read_file(const std::filesystem::path& file) {
  std::stringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

/// The message of the Error that `action` throws; empty where it throws none. Other exceptions pass.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <typename Number>
std::string bytes_of(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

template <typename Number>
std::string bytes_of(const std::vector<Number>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}

/// A GGUF file of which every part can be made wrong.
struct GgufBuilder {
  uint32_t magic = 0x46554747, version = 3;
  std::vector<std::string> keys, tensors;
  std::string data;
  uint64_t offset = 0;  // where the next tensor starts
  uint64_t alignment = 32;

  static std::string text(const std::string& value) { return bytes_of<uint64_t>(value.size()) + value; }

  void value(const std::string& key, uint32_t type, const std::string& bytes) {
    keys.push_back(text(key) + bytes_of(type) + bytes);
  }
  void u32(const std::string& key, uint32_t number) { value(key, 4, bytes_of(number)); }
  void f32(const std::string& key, float number) { value(key, 6, bytes_of(number)); }
  void string(const std::string& key, const std::string& word) { value(key, 8, text(word)); }

  void info(const std::string& name, const std::vector<int64_t>& dims, uint32_t type, uint64_t at) {
    tensors.push_back(text(name) + bytes_of<uint32_t>(dims.size()) + bytes_of(dims) + bytes_of(type) + bytes_of(at));
  }

  void tensor(const std::string& name, const std::vector<int64_t>& dims, uint32_t type, std::string bytes) {
    info(name, dims, type, offset);
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0');
    data += bytes;
    offset += bytes.size();
  }

  void floats(const std::string& name, const std::vector<int64_t>& dims, const std::vector<float>& values) {
    tensor(name, dims, 0, bytes_of(values));
  }

  std::string build() const {
    std::string bytes =
        bytes_of(magic) + bytes_of(version) + bytes_of<uint64_t>(tensors.size()) + bytes_of<uint64_t>(keys.size());
    for (const std::string& key : keys) bytes += key;
    for (const std::string& tensor : tensors) bytes += tensor;
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0');
    return bytes + data;
  }
};

}  // namespace cohort::test
