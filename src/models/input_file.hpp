// A file that is read by position: checked to be a regular file, and never read past its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace cohort::models {

class InputFile {
 public:
  /// Throws Error where the file cannot be opened or is no regular file.
  explicit InputFile(const std::filesystem::path& file);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }
  uint64_t size() const { return size_; }

  /// Exactly `bytes` bytes from `offset`, or Error.
  void read(uint64_t offset, void* out, uint64_t bytes) const;

 private:
  std::string name_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

/// The whole of a file of at most `max_bytes`.
std::string read_text(const std::filesystem::path& file, uint64_t max_bytes);

}  // namespace cohort::models
