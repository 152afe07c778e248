#include "src/tasks/line_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cohort/error.hpp"

namespace cohort::tasks {
namespace {

constexpr size_t block_bytes = 1 << 16;

size_t read_block(int descriptor, const std::filesystem::path& path, char* block, uint64_t offset) {
  while (true) {
    const ssize_t size = pread(descriptor, block, block_bytes, static_cast<off_t>(offset));
    if (size < 0 && errno == EINTR) continue;
    check(size >= 0, "dataset: cannot read {}: {}", path.string(), std::strerror(errno));
    return static_cast<size_t>(size);
  }
}

}  // namespace

LineFile::LineFile(std::filesystem::path file, int64_t max_line_bytes)
    : path_(std::move(file)), max_line_bytes_(max_line_bytes) {
  check(std::filesystem::exists(path_), "dataset: there is no file {}", path_.string());
  check(std::filesystem::is_regular_file(path_), "dataset: {} is not a regular file", path_.string());
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  check(descriptor_ >= 0, "dataset: cannot open {}: {}", path_.string(), std::strerror(errno));
}

LineFile::~LineFile() { close(descriptor_); }

std::string LineFile::line_at(uint64_t offset) const {
  std::string line;
  std::string block(block_bytes, '\0');
  while (static_cast<int64_t>(line.size()) <= max_line_bytes_) {
    const size_t size = read_block(descriptor_, path_, block.data(), offset + line.size());
    const std::string_view read = std::string_view(block).substr(0, size);
    const size_t end = read.find('\n');
    line += read.substr(0, end);
    if (size == 0 || end != read.npos) break;
  }
  return line;
}

void LineFile::for_each_line(const std::function<void(int64_t, uint64_t, std::string_view)>& visit) const {
  std::string block(block_bytes, '\0'), line;
  int64_t number = 1;
  uint64_t line_offset = 0, offset = 0;
  const auto finish_line = [&] {
    if (line.find_first_not_of(" \t\r") != line.npos) visit(number, line_offset, line);
    line.clear();
    ++number;
  };
  while (true) {
    const size_t size = read_block(descriptor_, path_, block.data(), offset);
    if (size == 0) break;
    std::string_view rest = std::string_view(block).substr(0, size);
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      line += rest.substr(0, end);
      check(static_cast<int64_t>(line.size()) <= max_line_bytes_,
            "{}:{}: expected a line of at most {} bytes, got more", path_.string(), number, max_line_bytes_);
      const size_t taken = end == rest.npos ? rest.size() : end + 1;
      offset += taken;
      rest.remove_prefix(taken);
      if (end == std::string_view::npos) break;
      finish_line();
      line_offset = offset;
    }
  }
  if (!line.empty()) finish_line();
}

}  // namespace cohort::tasks
