#include "src/models/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cohort/error.hpp"

namespace cohort::models {

InputFile::InputFile(const std::filesystem::path& file) : name_(file.string()) {
  // Without O_NONBLOCK, opening a named pipe waits for a writer for ever.
  descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  check(descriptor_ >= 0, "{}: cannot be opened: {}", name_, std::strerror(errno));
  struct stat status {};
  const bool is_regular = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (!is_regular) ::close(descriptor_);
  check(is_regular, "{}: expected a regular file", name_);
  size_ = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(uint64_t offset, void* out, uint64_t bytes) const {
  check(offset <= size_ && bytes <= size_ - offset, "{}: expected {} bytes at {}, but the file ends at {}", name_,
        bytes, offset, size_);
  // pread, not a mapping: a file that shrinks while it is read is then an error and not a signal.
  auto* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor_, to, std::min<uint64_t>(bytes, 1u << 30), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    check(got > 0, "{}: cannot be read at {}: {}", name_, offset, got < 0 ? std::strerror(errno) : "it became shorter");
    to += got;
    offset += static_cast<uint64_t>(got);
    bytes -= static_cast<uint64_t>(got);
  }
}

std::string read_text(const std::filesystem::path& file, uint64_t max_bytes) {
  const InputFile input(file);
  check(input.size() <= max_bytes, "{}: expected at most {} bytes, got {}", input.name(), max_bytes, input.size());
  std::string text(input.size(), '\0');
  input.read(0, text.data(), text.size());
  return text;
}

}  // namespace cohort::models
