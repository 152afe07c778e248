// The GGUF container: metadata and tensor table, checked against every byte of the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cohort::models {

struct GgufTensor {
  std::string name;
  std::vector<int64_t> dims;  // as in the file: dims[0] is contiguous
  uint32_t type = 0;
  uint64_t offset = 0;  // from the start of the file
  uint64_t bytes = 0;
};

class GgufFile {
 public:
  static GgufFile open(const std::filesystem::path& file);

  bool has(const std::string& key) const;
  /// Each throws Error naming the key where it is of another type; nullopt where it is absent.
  std::optional<std::string> string(const std::string& key) const;
  std::optional<int64_t> integer(const std::string& key) const;  // any integer type, and bool
  std::optional<double> real(const std::string& key) const;      // any number
  std::optional<bool> boolean(const std::string& key) const;
  std::optional<std::vector<std::string>> strings(const std::string& key) const;
  std::optional<std::vector<int64_t>> integers(const std::string& key) const;
  std::optional<std::vector<double>> reals(const std::string& key) const;

  const std::vector<GgufTensor>& tensors() const;
  /// Dequantised to float32, in the file's own order.
  void read(const GgufTensor& tensor, float* out) const;
  /// The bits of a tensor of bfloat16 numbers; false where it is of another type.
  bool read_bfloat16(const GgufTensor& tensor, uint16_t* out) const;

  struct State;

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace cohort::models
