#include "rewards/sandbox/cgroup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace cohort::sandbox {

/// Groups that no run uses.
struct CgroupStore {
  std::mutex mutex;
  std::vector<std::unique_ptr<Cgroup>> free;
};

namespace {

bool write_file(const std::string& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// The number after `key` in a file of lines "key number".
int64_t read_count(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  std::string word;
  int64_t number = 0;
  while (file >> word >> number)
    if (word == key) return number;
  return 0;
}

/// Where a hierarchy is mounted: the one with this controller, or version 2 for an empty name.
std::string find_mount(const std::string& controller) {
  std::ifstream mounts("/proc/self/mounts");
  std::string line;
  while (std::getline(mounts, line)) {
    std::istringstream words(line);
    std::string device, folder, type, options;
    words >> device >> folder >> type >> options;
    const std::string listed = fmt::format(",{},", options);
    if (controller.empty() ? type == "cgroup2"
                           : type == "cgroup" && listed.find(fmt::format(",{},", controller)) != listed.npos)
      return folder;
  }
  return "";
}

/// This process's group in that hierarchy, as a path from its root.
std::string own_group(const std::string& controller) {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {  // number:controllers:path
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string listed = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    if (controller.empty() ? listed == ",," : listed.find(fmt::format(",{},", controller)) != listed.npos)
      return line.substr(second + 1);
  }
  return "/";
}

/// Whether groups made in this one have limits of memory and processes.
bool hands_on_controllers(const std::string& folder) {
  std::ifstream file(folder + "/cgroup.subtree_control");
  const std::set<std::string> handed_on{std::istream_iterator<std::string>(file), {}};
  return handed_on.contains("memory") && handed_on.contains("pids");
}

/// A folder for our groups in version 1: below this process's own, or below the root where that is not in sight.
std::string place_for_groups(const std::string& controller) {
  const std::string mount = find_mount(controller);
  if (mount.empty()) return "";
  for (std::string folder : {mount + own_group(controller), mount}) {
    while (folder.ends_with('/')) folder.pop_back();
    if (access(folder.c_str(), W_OK) == 0) return folder;
  }
  return "";
}

std::string own_place_in_version_2() {
  const std::string mount = find_mount("");
  return mount.empty() ? "" : place_in_version_2(mount, own_group(""));
}

/// Groups of processes that are gone: those died without cleaning up.
void remove_stale(const std::string& place) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(place, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("cohort-")) continue;
    const std::string process = name.substr(7, name.find('-', 7) - 7);
    if (access(fmt::format("/proc/{}", process).c_str(), F_OK) != 0) rmdir(entry.path().c_str());
  }
}

}  // namespace

std::string place_in_version_2(const std::string& mount, std::string group) {
  while (group.ends_with('/')) group.pop_back();
  // Refused where the group has processes, as ours has, unless it is the root of the machine.
  write_file(mount + group + "/cgroup.subtree_control", "+memory +pids");
  while (true) {
    const std::string folder = mount + group;
    if (access(folder.c_str(), W_OK) == 0 && hands_on_controllers(folder)) return folder;
    if (group.empty()) return "";
    group.resize(group.rfind('/'));
  }
}

Cgroup::Cgroup(std::vector<Group> groups, std::string memory_folder, bool version_2)
    : groups_(std::move(groups)), memory_folder_(std::move(memory_folder)), version_2_(version_2) {}

Cgroup::~Cgroup() {
  for (const Group& group : groups_) rmdir(group.folder.c_str());
}

bool Cgroup::set_limits(int64_t memory_bytes, int64_t processes) {
  const std::string bytes = std::to_string(memory_bytes);
  kills_before_ = kills();
  bool fine = write_file(groups_.back().folder + "/pids.max", std::to_string(processes));
  if (version_2_) {
    write_file(memory_folder_ + "/memory.swap.max", "0");  // not there without swap accounting
    return fine && write_file(memory_folder_ + "/memory.max", bytes);
  }
  // The limit with swap may never be below the one without: first up, then both down.
  const std::string swap = memory_folder_ + "/memory.memsw.limit_in_bytes";
  write_file(swap, "-1");
  fine = fine && write_file(memory_folder_ + "/memory.limit_in_bytes", bytes);
  write_file(swap, bytes);
  return fine;
}

int64_t Cgroup::kills() const {
  return version_2_ ? read_count(memory_folder_ + "/memory.events", "oom_kill")
                    : read_count(memory_folder_ + "/memory.oom_control", "oom_kill");
}

bool Cgroup::is_empty() const {
  constexpr int64_t negligible = 8 << 20;
  const auto number = [&](const char* name) {
    std::ifstream file(memory_folder_ + name);
    int64_t value = 0;
    file >> value;
    return value;
  };
  const int64_t used = number(version_2_ ? "/memory.current" : "/memory.usage_in_bytes");
  if (used <= negligible) return true;
  // Files that were read stay in memory as long as nobody needs it.
  const std::string stat = memory_folder_ + "/memory.stat";
  return used - read_count(stat, "inactive_file") - read_count(stat, "active_file") <= negligible;
}

bool Cgroup::ran_out_of_memory() const { return kills() > kills_before_; }

CgroupPool::CgroupPool() : store_(std::make_shared<CgroupStore>()) {
  const std::string memory = place_for_groups("memory"), processes = place_for_groups("pids");
  const std::string both = own_place_in_version_2();
  for (const int version : {1, 2}) {
    memory_folder_ = version == 1 ? memory : both;
    processes_folder_ = version == 1 ? processes : both;
    if (memory_folder_.empty() || processes_folder_.empty()) continue;
    remove_stale(memory_folder_);
    remove_stale(processes_folder_);
    version_ = version;
    auto group = make();
    if (group && group->set_limits(1 << 26, 16)) {
      store_->free.push_back(std::move(group));
      return;
    }
  }
  version_ = 0;
}

std::unique_ptr<Cgroup> CgroupPool::make() {
  static std::atomic<int> next = 0;
  const std::string name = fmt::format("/cohort-{}-{}", getpid(), next++);
  std::vector<std::string> folders = {memory_folder_ + name};
  if (version_ == 1) folders.push_back(processes_folder_ + name);
  std::vector<Cgroup::Group> groups;
  for (const std::string& folder : folders) {
    if (mkdir(folder.c_str(), 0755) != 0) break;
    groups.push_back({folder, Fd(open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC))});
    if (!groups.back().processes) break;
  }
  const bool complete = groups.size() == folders.size() && groups.back().processes;
  auto cgroup = std::make_unique<Cgroup>(std::move(groups), folders.front(), version_ == 2);
  return complete ? std::move(cgroup) : nullptr;
}

std::shared_ptr<Cgroup> CgroupPool::take() {
  std::unique_ptr<Cgroup> taken;
  {
    const std::lock_guard lock(store_->mutex);
    auto& free = store_->free;
    const auto empty = std::find_if(free.rbegin(), free.rend(), [](const auto& group) { return group->is_empty(); });
    if (empty != free.rend()) {
      taken = std::move(*empty);
      free.erase(std::next(empty).base());
    }
  }
  if (!taken) taken = make();
  if (!taken) return nullptr;
  // Comes back to the store when the run lets it go.
  return {taken.release(), [store = store_](Cgroup* returned) {
            const std::lock_guard lock(store->mutex);
            store->free.emplace_back(returned);
          }};
}

}  // namespace cohort::sandbox
