// What must be untouched by whatever runs in a box: a file, a process, a port, and this process's own surroundings.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace cohort::test {

inline std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A file, a process and a port outside every box.
class Canary {
 public:
  Canary() {
    char name[] = "/tmp/cohort-canary-XXXXXX";
    const int fd = mkstemp(name);
    path_ = name;
    if (write(fd, "alive", 5) != 5) abort();
    fchmod(fd, 0666);  // nothing but the box itself keeps a program from it
    close(fd);
    process_ = fork();
    if (process_ == 0) {
      while (true) pause();
    }
    settings_ = settings();
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 8) != 0)
      abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Canary() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    close(listener_);
    unlink(path_.c_str());
  }
  Canary(const Canary&) = delete;

  const std::string& path() const { return path_; }
  /// "path process port", as programs are told.
  std::string address() const { return path_ + " " + std::to_string(process_) + " " + std::to_string(port_); }

  /// What happened to it; empty if nothing did.
  std::string harm() const {
    int status;
    if (waitpid(process_, &status, WNOHANG | WUNTRACED) != 0) return "the process was ended or stopped";
    if (read_whole(path_) != "alive") return "the file was changed";
    if (accept(listener_, nullptr, nullptr) >= 0) return "the port was connected to";
    if (settings() != settings_) return "the process was slowed down, or its limits changed";
    return "";
  }

 private:
  /// What another process of the same user may change of it: priority, scheduling, processors, limits.
  std::string settings() const {
    std::ostringstream text;
    cpu_set_t processors;
    text << getpriority(PRIO_PROCESS, static_cast<id_t>(process_)) << ' ' << sched_getscheduler(process_) << ' '
         << (sched_getaffinity(process_, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 0);
    for (int which = 0; which < RLIM_NLIMITS; ++which) {
      rlimit limit{};
      prlimit(process_, static_cast<__rlimit_resource>(which), nullptr, &limit);
      text << ' ' << limit.rlim_cur << '/' << limit.rlim_max;
    }
    return text.str();
  }

  std::string path_;
  pid_t process_;
  std::string settings_;
  int listener_;
  int port_;
};

/// Processes below this one, by name, but for canaries.
inline std::multiset<std::string> descendants() {
  std::set<int> known = {getpid()};
  std::multiset<std::string> names;
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string number = entry.path().filename();
      if (number.find_first_not_of("0123456789") != number.npos || known.contains(std::stoi(number))) continue;
      const std::string text = read_whole(entry.path() / "stat");  // number (name) state parent …
      const size_t end = text.rfind(')');
      if (end == text.npos) continue;
      char state;
      int parent;
      std::istringstream(text.substr(end + 1)) >> state >> parent;
      if (!known.contains(parent)) continue;
      known.insert(std::stoi(number));
      names.insert(text.substr(text.find('(') + 1, end - text.find('(') - 1));
      grows = true;
    }
  }
  return names;
}

inline size_t count_entries(const std::filesystem::path& folder) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace cohort::test
