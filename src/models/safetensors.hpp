// Files in the safetensors format, checked in full before a tensor is read.
// https://huggingface.co/docs/safetensors; stricter than the reference in duplicate keys and limits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::models {

struct SafetensorsTensor {
  std::string name;
  std::string_view dtype;  // "F32", "BF16", "I64", ... as in the file
  std::vector<int64_t> shape;
  uint64_t offset = 0;  // from the start of the file
  uint64_t bytes = 0;
};

/// Copies share the open file.
class SafetensorsFile {
 public:
  /// Throws Error for anything that is not exactly a safetensors file.
  static SafetensorsFile open(const std::filesystem::path& file);

  const std::string& name() const;                               // of the file
  const std::vector<SafetensorsTensor>& tensors() const;         // in the order of their data
  const SafetensorsTensor* find(const std::string& name) const;  // nullptr where there is none
  const std::map<std::string, std::string>& metadata() const;

  /// All of the tensor's bytes, little endian, or `bytes` of them from `begin` on.
  void read_raw(const SafetensorsTensor& tensor, void* out) const;
  void read_raw(const SafetensorsTensor& tensor, uint64_t begin, uint64_t bytes, void* out) const;

  /// As float32; dtype must be F32, F16, BF16 or F64.
  void read(const SafetensorsTensor& tensor, float* out) const;

  struct State;

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace cohort::models
