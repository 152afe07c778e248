#include "src/models/atomic_write.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "cohort/error.hpp"

namespace cohort::models {
namespace {

namespace fs = std::filesystem;

constexpr size_t buffer_bytes = 1 << 20;

void write_all(int descriptor, const char* data, size_t bytes, const fs::path& file) {
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor, data, bytes);
    if (written < 0 && errno == EINTR) continue;
    check(written > 0, "{}: cannot be written: {}", file.string(), std::strerror(errno));
    data += written;
    bytes -= static_cast<size_t>(written);
  }
}

/// fsync of a file or directory by name.
void sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check(descriptor >= 0, "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  const bool is_synced = ::fsync(descriptor) == 0 || errno == EINVAL;  // EINVAL: this file system has no sync
  const int reason = errno;
  ::close(descriptor);
  check(is_synced, "{}: cannot be synced: {}", path.string(), std::strerror(reason));
}

void move_to(const fs::path& from, const fs::path& to) {
  check(::rename(from.c_str(), to.c_str()) == 0, "{}: cannot be renamed to {}: {}", from.string(), to.string(),
        std::strerror(errno));
}

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

/// Swaps two directories in one step; false where the file system cannot.
bool exchange(const fs::path& left, const fs::path& right) {
#ifdef RENAME_EXCHANGE
  return ::renameat2(AT_FDCWD, left.c_str(), AT_FDCWD, right.c_str(), RENAME_EXCHANGE) == 0;
#else
  return false;
#endif
}

bool is_replaceable(const fs::path& target, const std::string& marker) {
  return fs::is_directory(target) && (fs::is_empty(target) || fs::exists(target / marker));
}

/// The target as an absolute path to where it really is: renaming over a link would replace the link.
fs::path resolve(const fs::path& target) {
  check(!target.empty(), "a directory to write: expected a path, got none");
  fs::path resolved = fs::weakly_canonical(fs::absolute(target));
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  check(resolved.has_relative_path(), "{}: expected a directory that can be replaced", target.string());
  return resolved;
}

/// Makes the directory and locks it. The lock goes with the process, so what a killed one left can be told from what
/// a live one is writing.
int make_locked(const fs::path& directory) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    fs::create_directory(directory);
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) continue;
    check(descriptor >= 0, "{}: cannot be opened: {}", directory.string(), std::strerror(errno));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      throw Error(fmt::format("{}: is being written by another process", directory.string()));
    }
    // Between opening and locking, its owner may have renamed it into place: then this is somebody's result.
    struct stat opened {
    }, named{};
    if (::fstat(descriptor, &opened) == 0 && ::stat(directory.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
        opened.st_dev == named.st_dev)
      return descriptor;
    ::close(descriptor);
  }
  throw Error(fmt::format("{}: keeps changing while it is opened", directory.string()));
}

}  // namespace

AtomicFile::AtomicFile(fs::path file) : file_(std::move(file)), temporary_(file_.string() + ".tmp") {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  check(descriptor_ >= 0, "{}: cannot be opened for writing: {}", temporary_.string(), std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::flush() {
  write_all(descriptor_, buffer_.data(), buffer_.size(), temporary_);
  buffer_.clear();
}

void AtomicFile::write(const void* data, size_t bytes) {
  check(descriptor_ >= 0, "{}: expected no write after commit", file_.string());
  if (bytes == 0) return;
  if (buffer_.size() + bytes > buffer_bytes) flush();
  if (bytes > buffer_bytes) return write_all(descriptor_, static_cast<const char*>(data), bytes, temporary_);
  buffer_.append(static_cast<const char*>(data), bytes);
}

void AtomicFile::commit() {
  check(descriptor_ >= 0, "{}: expected one commit", file_.string());
  flush();
  check(::fsync(descriptor_) == 0 || errno == EINVAL, "{}: cannot be synced: {}", temporary_.string(),
        std::strerror(errno));
  move_to(temporary_, file_);
  ::close(descriptor_);
  descriptor_ = -1;
  sync(parent_of(file_));
}

void write_file_atomically(const fs::path& file, std::string_view bytes) {
  AtomicFile output(file);
  output.write(bytes);
  output.commit();
}

AtomicDirectory::AtomicDirectory(const fs::path& target, const std::string& marker)
    : target_(resolve(target)), temporary_(target_.string() + ".tmp"), marker_(marker) {
  check(!fs::exists(target_) || is_replaceable(target_, marker_),
        "{}: expected no directory, an empty one or one with a {}: it will not be replaced", target_.string(), marker_);
  fs::create_directories(target_.parent_path());
  lock_ = make_locked(temporary_);
  for (const auto& left : fs::directory_iterator(temporary_)) remove_quietly(left.path());
}

AtomicDirectory::~AtomicDirectory() {
  if (!is_committed_) remove_quietly(temporary_);
  ::close(lock_);
}

void AtomicDirectory::commit() {
  check(!is_committed_, "{}: expected one commit", target_.string());
  for (const auto& entry : fs::recursive_directory_iterator(temporary_))
    if (entry.is_regular_file() || entry.is_directory()) sync(entry.path());
  sync(temporary_);

  if (!fs::exists(target_)) {
    move_to(temporary_, target_);
  } else {
    // Asked again: much may have happened while the files were written.
    check(is_replaceable(target_, marker_), "{}: expected an empty directory or one with a {}: it will not be replaced",
          target_.string(), marker_);
    if (!exchange(temporary_, target_)) {
      const fs::path old = target_.string() + ".old";
      remove_quietly(old);
      move_to(target_, old);
      move_to(temporary_, target_);
      remove_quietly(old);
    }
  }
  is_committed_ = true;
  sync(target_.parent_path());
  remove_quietly(temporary_);  // after an exchange, the directory that was replaced
}

}  // namespace cohort::models
