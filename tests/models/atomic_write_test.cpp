#include "src/models/atomic_write.hpp"

#include <doctest/doctest.h>

#include "tests/models/files.hpp"

namespace cohort::models {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::error_of;
using test::read_file;
using test::TemporaryDirectory;
using test::write_file;

void make_directory(const fs::path& directory, const std::string& marker) {
  fs::create_directories(directory);
  write_file(directory / marker, "old");
}

}  // namespace

TEST_CASE("a file is replaced as a whole, and nothing is left beside it") {
  const TemporaryDirectory directory;
  write_file(directory / "x", "old");
  AtomicFile file(directory / "x");
  file.write("ne");
  file.write("w");
  CHECK(read_file(directory / "x") == "old");
  file.commit();
  CHECK(read_file(directory / "x") == "new");
  CHECK(!fs::exists(directory / "x.tmp"));
}

TEST_CASE("a file that is not committed leaves the old one and nothing else") {
  const TemporaryDirectory directory;
  write_file(directory / "x", "old");
  { AtomicFile(directory / "x").write("new"); }
  CHECK(read_file(directory / "x") == "old");
  CHECK(!fs::exists(directory / "x.tmp"));
}

TEST_CASE("a file larger than the buffer keeps the order of its parts") {
  const TemporaryDirectory directory;
  const std::string large(3 << 20, 'b');
  AtomicFile file(directory / "x");
  file.write("a");
  file.write(large);
  file.write("c");
  file.commit();
  CHECK(read_file(directory / "x") == "a" + large + "c");
}

TEST_CASE("a file in a directory that does not exist is an error") {
  const TemporaryDirectory directory;
  CHECK(
      contains(error_of([&] { write_file_atomically(directory / "none/x", "text"); }), "cannot be opened for writing"));
}

TEST_CASE("a directory appears at commit, with its parents") {
  const TemporaryDirectory directory;
  AtomicDirectory made(directory / "a/b", "marker");
  write_file_atomically(made.path() / "marker", "new");
  CHECK(!fs::exists(directory / "a/b"));
  made.commit();
  CHECK(read_file(directory / "a/b/marker") == "new");
  CHECK(!fs::exists(directory / "a/b.tmp"));
}

TEST_CASE("a directory of the same kind is replaced, with nothing of the old one left") {
  const TemporaryDirectory directory;
  make_directory(directory / "a", "marker");
  write_file(directory / "a/more", "old");
  AtomicDirectory made(directory / "a", "marker");
  write_file(made.path() / "marker", "new");
  CHECK(read_file(directory / "a/marker") == "old");
  made.commit();
  CHECK(read_file(directory / "a/marker") == "new");
  CHECK(!fs::exists(directory / "a/more"));
  CHECK(!fs::exists(directory / "a.tmp"));
  CHECK(!fs::exists(directory / "a.old"));
}

TEST_CASE("an empty directory is replaced, and one of another kind or a file is not") {
  const TemporaryDirectory directory;
  fs::create_directory(directory / "empty");
  AtomicDirectory(directory / "empty", "marker").commit();
  make_directory(directory / "other", "thesis.tex");
  CHECK(contains(error_of([&] { AtomicDirectory(directory / "other", "marker"); }), "it will not be replaced"));
  CHECK(read_file(directory / "other/thesis.tex") == "old");
  write_file(directory / "file", "old");
  CHECK(contains(error_of([&] { AtomicDirectory(directory / "file", "marker"); }), "it will not be replaced"));
}

TEST_CASE("a directory that fills with other things while it is written is not replaced") {
  const TemporaryDirectory directory;
  AtomicDirectory made(directory / "a", "marker");
  make_directory(directory / "a", "thesis.tex");
  CHECK(contains(error_of([&] { made.commit(); }), "it will not be replaced"));
  CHECK(read_file(directory / "a/thesis.tex") == "old");
}

TEST_CASE("a directory that is not committed leaves the old one and nothing else") {
  const TemporaryDirectory directory;
  make_directory(directory / "a", "marker");
  {
    AtomicDirectory made(directory / "a", "marker");
    write_file(made.path() / "marker", "new");
  }
  CHECK(read_file(directory / "a/marker") == "old");
  CHECK(!fs::exists(directory / "a.tmp"));
}

TEST_CASE("what a killed process left is removed, and what a live one writes is an error") {
  const TemporaryDirectory directory;
  make_directory(directory / "a.tmp", "half");
  AtomicDirectory made(directory / "a", "marker");
  CHECK(!fs::exists(made.path() / "half"));
  CHECK(contains(error_of([&] { AtomicDirectory(directory / "a", "marker"); }), "written by another process"));
  made.commit();
  AtomicDirectory(directory / "a", "marker");
}

TEST_CASE("a link to a directory stays a link, and its directory is replaced") {
  const TemporaryDirectory directory;
  make_directory(directory / "a", "marker");
  fs::create_directory_symlink(directory / "a", directory / "link");
  AtomicDirectory made(directory / "link", "marker");
  write_file(made.path() / "marker", "new");
  made.commit();
  CHECK(fs::is_symlink(directory / "link"));
  CHECK(read_file(directory / "a/marker") == "new");
}

TEST_CASE("the root and an empty path are refused, and a slash at the end means nothing") {
  const TemporaryDirectory directory;
  CHECK(contains(error_of([] { AtomicDirectory("/", "marker"); }), "expected a directory"));
  CHECK(contains(error_of([] { AtomicDirectory("", "marker"); }), "expected a path"));
  AtomicDirectory made(directory / "a/", "marker");
  write_file(made.path() / "marker", "new");
  made.commit();
  CHECK(read_file(directory / "a/marker") == "new");
}

}  // namespace cohort::models
