// Control groups for the memory and the processes of a box, in version 1 or 2, where this process may make them.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rewards/sandbox/fd.hpp"

namespace cohort::sandbox {

/// Where groups can be made in a hierarchy of version 2: in the own group of this process, a path from the mount, or
/// the nearest above it that may be written and hands on the controllers memory and pids. A group with processes in it
/// hands on none, so that is mostly the one above. Empty if there is none.
std::string place_in_version_2(const std::string& mount, std::string group);

/// The groups of one box at a time. Removed with the object.
class Cgroup {
 public:
  struct Group {
    std::string folder;
    Fd processes;  // cgroup.procs, to be written
  };

  Cgroup(std::vector<Group> groups, std::string memory_folder, bool version_2);
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;

  /// Before a run. False if the kernel refuses.
  bool set_limits(int64_t memory_bytes, int64_t processes);
  /// Whether hardly anything is charged to it: what a run left may be given back a while after its processes are gone,
  /// and would be taken from the memory of the next.
  bool is_empty() const;
  /// Whether the kernel has killed for memory since set_limits().
  bool ran_out_of_memory() const;
  const std::vector<Group>& groups() const { return groups_; }

 private:
  int64_t kills() const;

  std::vector<Group> groups_;
  std::string memory_folder_;
  bool version_2_;
  int64_t kills_before_ = 0;
};

/// Makes and keeps groups. Thread-safe.
class CgroupPool {
 public:
  /// Looks where groups can be made; `available()` is false if nowhere.
  CgroupPool();
  bool available() const { return version_ != 0; }
  int version() const { return version_; }

  /// A group for one run, or nullptr if it could not be made.
  std::shared_ptr<Cgroup> take();

 private:
  std::unique_ptr<Cgroup> make();

  int version_ = 0;
  std::string memory_folder_, processes_folder_;  // where groups are made; the same in version 2
  std::shared_ptr<struct CgroupStore> store_;
};

}  // namespace cohort::sandbox
