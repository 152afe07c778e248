// Control groups of version 2, whose controllers few machines with version 1 give away: against folders that look like
// theirs.
#include "rewards/sandbox/cgroup.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace cohort::sandbox;
namespace fs = std::filesystem;

namespace {

/// A folder that is gone after the test.
class Hierarchy {
 public:
  Hierarchy() {
    std::string pattern = (fs::temp_directory_path() / "cohort-cgroup-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~Hierarchy() { fs::remove_all(root_); }
  Hierarchy(const Hierarchy&) = delete;

  void make(const std::string& group, const std::string& handed_on) {
    fs::create_directories(root_ + group);
    write(group + "/cgroup.subtree_control", handed_on);
  }
  void write(const std::string& file, const std::string& text) { std::ofstream(root_ + file) << text; }
  std::string read(const std::string& file) const {
    std::ifstream in(root_ + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// A group that hands on nothing and takes no writing: as one with processes in it.
  void make_busy(const std::string& group) {
    make(group, "");
    fs::remove(root_ + group + "/cgroup.subtree_control");
  }
  const std::string& root() const { return root_; }

 private:
  std::string root_;
};

}  // namespace

TEST_CASE("groups are made in the nearest group that hands on memory and pids") {
  Hierarchy tree;
  tree.make("", "cpu memory pids");
  tree.make("/user", "memory pids");
  tree.make("/user/app", "pids memory cpu");
  tree.make_busy("/user/app/shell.scope");
  CHECK(place_in_version_2(tree.root(), "/user/app/shell.scope") == tree.root() + "/user/app");
  CHECK(place_in_version_2(tree.root(), "/user/app/shell.scope/") == tree.root() + "/user/app");
  CHECK(place_in_version_2(tree.root(), "/not/in/sight") == tree.root());
}

TEST_CASE("a group without processes is asked to hand them on") {
  Hierarchy tree;
  tree.make("", "");
  CHECK(place_in_version_2(tree.root(), "/") ==
        "");  // this folder is no kernel: what was asked for is not what is there
  CHECK(tree.read("/cgroup.subtree_control") == "+memory +pids");
}

TEST_CASE("there is no place where a controller is missing or nothing may be written") {
  Hierarchy tree;
  tree.make_busy("");
  CHECK(place_in_version_2(tree.root(), "/") == "");
  tree.make("/a", "pids memory_recursive");
  tree.make_busy("/a/b");
  CHECK(place_in_version_2(tree.root(), "/a/b") == "");
  CHECK(place_in_version_2(tree.root() + "/absent", "/a") == "");
}

TEST_CASE("limits are written, and kills are counted from then on") {
  Hierarchy tree;
  tree.make("/box", "");
  for (const char* file : {"/box/pids.max", "/box/memory.max", "/box/memory.swap.max", "/box/cgroup.procs"})
    tree.write(file, "max");
  tree.write("/box/memory.events", "low 0\nhigh 0\nmax 3\noom 3\noom_kill 2\n");
  const std::string folder = tree.root() + "/box";
  std::vector<Cgroup::Group> groups;
  groups.push_back({folder, Fd(open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC))});
  {
    Cgroup group(std::move(groups), folder, /*version_2=*/true);
    CHECK(group.set_limits(268435456, 64));
    CHECK(tree.read("/box/pids.max").starts_with("64"));
    CHECK(tree.read("/box/memory.max") == "268435456");
    CHECK(tree.read("/box/memory.swap.max").starts_with("0"));
    CHECK_FALSE(group.ran_out_of_memory());
    tree.write("/box/memory.events", "low 0\nhigh 0\nmax 4\noom 4\noom_kill 3\n");
    CHECK(group.ran_out_of_memory());
    CHECK(group.set_limits(1 << 20, 1));
    CHECK_FALSE(group.ran_out_of_memory());
    fs::remove(folder + "/memory.max");
    CHECK_FALSE(group.set_limits(1 << 20, 1));  // no such controller: never silently without a limit
  }
}
