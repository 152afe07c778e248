// Reads a GGUF file forwards, through a buffer, and never past its end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "cohort/error.hpp"
#include "src/models/input_file.hpp"

namespace cohort::models {

/// GGUF's types of metadata values, as numbered in the file.
enum class GgufType : uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };

/// Bytes of a value; 0 for strings and arrays.
inline uint64_t byte_size(GgufType type) {
  constexpr uint8_t sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return sizes[static_cast<uint32_t>(type)];
}

class GgufCursor {
 public:
  GgufCursor(const InputFile& file, uint64_t position) : file_(file), position_(position) {}

  uint64_t position() const { return position_; }
  uint64_t left() const { return file_.size() - position_; }

  void read(void* out, uint64_t bytes) {
    check(bytes <= left(), "{}: expected {} bytes at {}, but the file ends at {}", file_.name(), bytes, position_,
          file_.size());
    if (bytes > buffer_end_ - std::min(position_, buffer_end_) || position_ < buffer_begin_) fill(bytes);
    std::memcpy(out, buffer_.data() + (position_ - buffer_begin_), bytes);
    position_ += bytes;
  }

  template <typename Number>
  Number number() {
    Number value;
    read(&value, sizeof(value));
    return value;
  }

  void skip(uint64_t bytes) {
    check(bytes <= left(), "{}: expected {} bytes at {}, but the file ends at {}", file_.name(), bytes, position_,
          file_.size());
    position_ += bytes;
  }

  std::string string(uint64_t max_bytes) {
    const uint64_t length = number<uint64_t>();
    check(length <= max_bytes && length <= left(), "{}: expected a string of at most {} bytes at {}, got {}",
          file_.name(), std::min(max_bytes, left()), position_, length);
    std::string text(length, '\0');
    read(text.data(), length);
    return text;
  }

 private:
  void fill(uint64_t bytes) {
    const uint64_t wanted = std::min<uint64_t>(std::max<uint64_t>(bytes, 1 << 16), left());
    buffer_.resize(wanted);
    file_.read(position_, buffer_.data(), wanted);
    buffer_begin_ = position_;
    buffer_end_ = position_ + wanted;
  }

  const InputFile& file_;
  uint64_t position_;
  std::vector<char> buffer_;
  uint64_t buffer_begin_ = 0, buffer_end_ = 0;
};

}  // namespace cohort::models
