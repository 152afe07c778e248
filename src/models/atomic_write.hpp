// Files and directories that appear whole or not at all, also after a crash or a power cut.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace cohort::models {

/// Collects a file as FILE.tmp. commit() syncs it and renames it over FILE; without commit() it is removed.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path file);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();

 private:
  void flush();

  std::filesystem::path file_, temporary_;
  int descriptor_ = -1;
  std::string buffer_;
};

/// Writes FILE.tmp, syncs it and renames it.
void write_file_atomically(const std::filesystem::path& file, std::string_view bytes);

/// Collects a directory beside its target, as TARGET.tmp: write files into path(), then commit(). Without commit() it
/// is removed. A TARGET.tmp that a killed process left is removed first; one that a live process writes is an Error.
///
///   AtomicDirectory directory(target, "config.json");
///   write_safetensors(directory.path() / "model.safetensors", tensors);
///   write_file_atomically(directory.path() / "config.json", json);
///   directory.commit();
class AtomicDirectory {
 public:
  /// `marker` is a file that every directory of this kind has. An existing target is replaced only if it is empty or
  /// holds one: a mistyped path must not delete somebody's work. Parents are created.
  AtomicDirectory(const std::filesystem::path& target, const std::string& marker);
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  const std::filesystem::path& path() const { return temporary_; }

  /// Syncs everything and renames it to the target. The target is at each moment the old directory or the new one.
  void commit();

 private:
  std::filesystem::path target_, temporary_;
  std::string marker_;
  int lock_ = -1;
  bool is_committed_ = false;
};

}  // namespace cohort::models
