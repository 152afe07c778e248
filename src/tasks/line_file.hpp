// A text file whose lines are read one at a time, by place: a file of any size needs 8 bytes of memory per line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace cohort::tasks {

/// An open file. Reading is safe from several threads at once.
class LineFile {
 public:
  LineFile(std::filesystem::path file, int64_t max_line_bytes);
  ~LineFile();
  LineFile(const LineFile&) = delete;

  /// Calls visit(line number from 1, offset in bytes, line without its end) for each line that is not blank. Throws
  /// Error if a line is longer than max_line_bytes.
  void for_each_line(const std::function<void(int64_t number, uint64_t offset, std::string_view line)>& visit) const;

  /// The line that begins at `offset`, without its end.
  std::string line_at(uint64_t offset) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int64_t max_line_bytes_;
  int descriptor_;
};

}  // namespace cohort::tasks
