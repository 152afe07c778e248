#include "rewards/sandbox/root_folder.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "rewards/sandbox/embedded.hpp"

namespace cohort::sandbox {
namespace {

// While the tree is made, the host's root is at /old and the tree at /new.
constexpr char kOld[] = "/old";
constexpr char kNew[] = "/new";

struct Path {
  char text[PATH_MAX];

  Path(const char* start, const char* rest) { std::snprintf(text, sizeof text, "%s%s", start, rest); }
  operator const char*() const { return text; }
};

/// Makes every folder above `path`.
void make_parents(char* path) {
  for (char* slash = std::strchr(path + 1, '/'); slash; slash = std::strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(path, 0755);
    *slash = '/';
  }
}

bool write_file(const char* path, const void* bytes, size_t size) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  const bool written = write(fd, bytes, size) == static_cast<ssize_t>(size);
  close(fd);
  return written;
}

/// A mount and all below it: read-only, and without devices and programs that give rights.
bool make_read_only(const char* path) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  return syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes) == 0;
}

/// A device of the host that can be read and written, and not changed otherwise.
bool show_device(const char* from, const char* to) {
  if (!write_file(to, "", 0) || mount(from, to, nullptr, MS_BIND, nullptr) != 0) return false;
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
  return syscall(SYS_mount_setattr, AT_FDCWD, to, 0, &attributes, sizeof attributes) == 0;
}

/// Shows a folder or file of the host at the same place. What is not there is left out; a link stays a link.
bool show(const char* path) {
  Path from(kOld, path), to(kNew, path);
  struct stat info {};
  if (lstat(from, &info) != 0 || access(from, R_OK) != 0) return true;
  make_parents(to.text);
  if (S_ISLNK(info.st_mode)) {
    char target[PATH_MAX] = {};
    if (readlink(from, target, sizeof target - 1) < 0) return false;
    return symlink(target, to) == 0 || errno == EEXIST;
  }
  if (S_ISDIR(info.st_mode)) {
    if (mkdir(to, 0755) != 0 && errno != EEXIST) return false;
  } else if (!write_file(to, "", 0)) {
    return errno == EEXIST || errno == EROFS;
  }
  return mount(from, to, nullptr, MS_BIND | MS_REC, nullptr) == 0 && make_read_only(to);
}

bool make_devices() {
  if (mkdir("/new/dev", 0755) != 0) return false;
  for (const char* name : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}) {
    const Path from(kOld, name), to(kNew, name);
    if (!show_device(from, to)) return false;
  }
  return symlink("/proc/self/fd", "/new/dev/fd") == 0 && symlink("/proc/self/fd/0", "/new/dev/stdin") == 0 &&
         symlink("/proc/self/fd/1", "/new/dev/stdout") == 0 && symlink("/proc/self/fd/2", "/new/dev/stderr") == 0 &&
         symlink("/tmp", "/new/dev/shm") == 0;
}

bool make_files() {
  const auto write_string = [](const char* path, const char* text) {
    return write_file(path, text, std::strlen(text));
  };
  mkdir("/new/etc", 0755);
  return write_string("/new/etc/passwd", "root:x:0:0:root:/:/bin/false\nbox:x:1000:1000:box:/tmp:/bin/sh\n") &&
         write_string("/new/etc/group", "root:x:0:\nbox:x:1000:\n") &&
         write_string("/new/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n") &&
         write_string("/new/etc/hosts", "127.0.0.1 localhost\n") && mkdir("/new/.cohort", 0755) == 0 &&
         write_support_files("/new/.cohort");
}

/// A process that is not root becomes one that may mount, in a user namespace.
bool enter_user_namespace() {
  const unsigned user = geteuid(), group = getegid();
  if (unshare(CLONE_NEWUSER) != 0) return false;
  char line[64];
  const auto write_line = [](const char* path, const char* text) {
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool written = write(fd, text, std::strlen(text)) > 0;
    close(fd);
    return written;
  };
  if (!write_line("/proc/self/setgroups", "deny")) return false;
  std::snprintf(line, sizeof line, "0 %u 1", user);
  if (!write_line("/proc/self/uid_map", line)) return false;
  std::snprintf(line, sizeof line, "0 %u 1", group);
  return write_line("/proc/self/gid_map", line);
}

/// The host's root moves to /old of a tmpfs that is thrown away in the end.
bool step_aside() {
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755") == 0 &&
         mkdir("/tmp/old", 0755) == 0 && syscall(SYS_pivot_root, "/tmp", "/tmp/old") == 0 && chdir("/") == 0;
}

}  // namespace

bool write_support_files(const char* folder) {
  return write_file(Path(folder, "/interpreter.so"), embedded::interpreter_library.data(),
                    embedded::interpreter_library.size()) &&
         write_file(Path(folder, "/interpreter.py"), embedded::interpreter_script.data(),
                    embedded::interpreter_script.size()) &&
         write_file(Path(folder, "/call.py"), embedded::call_script.data(), embedded::call_script.size());
}

const char* enter_root_folder(const char* const* shown, bool* is_root) {
  *is_root = geteuid() == 0 && unshare(CLONE_NEWNS) == 0;
  if (!*is_root && (!enter_user_namespace() || unshare(CLONE_NEWNS) != 0)) return "make a user namespace";
  // One network for all boxes, without a device, and no program can open a socket in it. A network for each would be a
  // quarter of the cost of a box.
  if (unshare(CLONE_NEWNET) != 0) return "make a network namespace";
  umask(022);
  if (!step_aside()) return "make a mount namespace";
  // Small: it holds mount points and this library's few files.
  if (mkdir(kNew, 0755) != 0 || mount("tmpfs", kNew, "tmpfs", MS_NOSUID, "size=8m,nr_inodes=4096,mode=0755") != 0)
    return "mount a root folder";
  if (!make_files()) return "write the files of the root folder";
  if (!make_devices()) return "show the devices";
  for (; *shown; ++shown)
    if (!show(*shown)) return *shown;
  // The kernel gives a box a fresh /proc only where a whole one is in sight; each box mounts its own over this.
  if (mkdir("/new/proc", 0755) != 0 || mount("/old/proc", "/new/proc", nullptr, MS_BIND | MS_REC, nullptr) != 0)
    return "show /proc";
  if (mkdir("/new/tmp", 0755) != 0 || mkdir("/new/var", 0755) != 0 || symlink("/tmp", "/new/var/tmp") != 0)
    return "make /tmp";
  if (chdir(kNew) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
    return "leave the host's root folder";
  if (mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, nullptr) != 0)
    return "make the root folder read-only";
  return nullptr;
}

}  // namespace cohort::sandbox
