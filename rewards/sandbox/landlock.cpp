#include "rewards/sandbox/landlock.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace cohort::sandbox {
namespace {

// As the kernel has them: the headers of a distribution may be older than its kernel.
struct Ruleset {
  uint64_t files, network, scopes;
};
struct __attribute__((packed)) PathRule {
  uint64_t allowed;
  int32_t folder;
};
constexpr int kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr int kRulePathBeneath = 1;
constexpr uint64_t kExecute = 1, kWriteFile = 2, kReadFile = 4, kReadFolder = 8, kTruncate = 1 << 14;
constexpr uint64_t kMakeAndRemove = 0x3f0 & ~(1 << 6);  // folders, files, sockets; no devices
constexpr uint64_t kAllFiles = (1 << 15) - 1;           // of version 3; version 5 adds ioctl on devices
constexpr uint64_t kAllTcp = 3, kAllScopes = 3;

bool allow(int ruleset, const char* path, uint64_t access) {
  const int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT;
  struct stat info {};
  fstat(fd, &info);
  if (!S_ISDIR(info.st_mode)) access &= kExecute | kWriteFile | kReadFile | kTruncate;
  const PathRule rule{access, fd};
  const bool added = syscall(kAddRule, ruleset, kRulePathBeneath, &rule, 0) == 0;
  close(fd);
  return added;
}

}  // namespace

int landlock_version() {
  const long version = syscall(kCreateRuleset, nullptr, 0, 1);
  return version < 0 ? 0 : static_cast<int>(version);
}

bool restrict_files(const char* const* shown, const char* folder, bool may_write) {
  const int version = landlock_version();
  const Ruleset rules{kAllFiles | (version >= 5 ? 1 << 15 : 0), kAllTcp, version >= 6 ? kAllScopes : 0};
  const int ruleset = static_cast<int>(syscall(kCreateRuleset, &rules, version >= 6 ? sizeof rules : 16, 0));
  if (ruleset < 0) return false;
  constexpr uint64_t read = kExecute | kReadFile | kReadFolder;
  bool fine = allow(ruleset, folder, read | (may_write ? kWriteFile | kTruncate | kMakeAndRemove : 0));
  for (; fine && *shown; ++shown) fine = allow(ruleset, *shown, read);
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"})
    fine = fine && allow(ruleset, device, kReadFile | kWriteFile);
  fine = fine && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(kRestrictSelf, ruleset, 0) == 0;
  close(ruleset);
  return fine;
}

}  // namespace cohort::sandbox
