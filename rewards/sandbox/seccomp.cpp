#include "rewards/sandbox/seccomp.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace cohort::sandbox {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the sandbox has no list of system calls for this architecture"
#endif

// Calls that a plain program needs: its own memory, files, time, threads, children and pipes.
const uint16_t kAllowed[] = {
    SYS_read,
    SYS_close,
    SYS_fstat,
    SYS_lseek,
    SYS_mmap,
    SYS_mprotect,
    SYS_munmap,
    SYS_brk,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_write,
    SYS_pread64,
    SYS_pwrite64,
    SYS_readv,
    SYS_writev,
    SYS_sched_yield,
    SYS_mremap,
    SYS_msync,
    SYS_mincore,
    SYS_madvise,
    SYS_dup,
    SYS_nanosleep,
    SYS_getitimer,
    SYS_setitimer,
    SYS_getpid,
    SYS_sendfile,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_shutdown,
    SYS_getsockname,
    SYS_getpeername,
    SYS_setsockopt,
    SYS_getsockopt,
    SYS_execve,
    SYS_exit,
    SYS_wait4,
    SYS_uname,
    SYS_fcntl,
    SYS_flock,
    SYS_fsync,
    SYS_fdatasync,
    SYS_truncate,
    SYS_ftruncate,
    SYS_getcwd,
    SYS_chdir,
    SYS_fchdir,
    SYS_fchmod,
    SYS_fchown,
    SYS_umask,
    SYS_gettimeofday,
    SYS_getrusage,
    SYS_sysinfo,
    SYS_times,
    SYS_getuid,
    SYS_getgid,
    SYS_setuid,
    SYS_setgid,
    SYS_geteuid,
    SYS_getegid,
    SYS_setpgid,
    SYS_getppid,
    SYS_setsid,
    SYS_setreuid,
    SYS_setregid,
    SYS_getgroups,
    SYS_setresuid,
    SYS_getresuid,
    SYS_setresgid,
    SYS_getresgid,
    SYS_getpgid,
    SYS_getsid,
    SYS_capget,
    SYS_rt_sigpending,
    SYS_rt_sigtimedwait,
    SYS_rt_sigqueueinfo,
    SYS_rt_sigsuspend,
    SYS_sigaltstack,
    SYS_statfs,
    SYS_fstatfs,
    SYS_getpriority,
    SYS_setpriority,
    SYS_sched_getparam,
    SYS_sched_setscheduler,
    SYS_sched_getscheduler,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_mlock,
    SYS_munlock,
    SYS_prctl,
    SYS_gettid,
    SYS_getxattr,
    SYS_lgetxattr,
    SYS_fgetxattr,
    SYS_listxattr,
    SYS_llistxattr,
    SYS_flistxattr,
    SYS_futex,
    SYS_sched_setaffinity,
    SYS_sched_getaffinity,
    SYS_getdents64,
    SYS_set_tid_address,
    SYS_restart_syscall,
    SYS_fadvise64,
    SYS_timer_create,
    SYS_timer_settime,
    SYS_timer_gettime,
    SYS_timer_getoverrun,
    SYS_timer_delete,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_exit_group,
    SYS_epoll_ctl,
    SYS_waitid,
    SYS_openat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_fchownat,
    SYS_newfstatat,
    SYS_unlinkat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_readlinkat,
    SYS_fchmodat,
    SYS_faccessat,
    SYS_pselect6,
    SYS_ppoll,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_utimensat,
    SYS_epoll_pwait,
    SYS_timerfd_create,
    SYS_fallocate,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_signalfd4,
    SYS_eventfd2,
    SYS_epoll_create1,
    SYS_dup3,
    SYS_pipe2,
    SYS_preadv,
    SYS_pwritev,
    SYS_prlimit64,
    SYS_getcpu,
    SYS_renameat2,
    SYS_getrandom,
    SYS_execveat,
    SYS_membarrier,
    SYS_copy_file_range,
    SYS_preadv2,
    SYS_pwritev2,
    SYS_statx,
    SYS_rseq,
    SYS_get_mempolicy,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_close_range
    SYS_close_range,
#endif
#ifdef SYS_openat2
    SYS_openat2,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_epoll_pwait2
    SYS_epoll_pwait2,
#endif
#ifdef SYS_pidfd_open
    SYS_pidfd_open,
#endif
#ifdef SYS_futex_waitv
    SYS_futex_waitv,
#endif
#if defined(__x86_64__)
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_poll,
    SYS_access,
    SYS_pipe,
    SYS_select,
    SYS_dup2,
    SYS_pause,
    SYS_alarm,
    SYS_getdents,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_creat,
    SYS_link,
    SYS_unlink,
    SYS_symlink,
    SYS_readlink,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_getrlimit,
    SYS_setrlimit,
    SYS_getpgrp,
    SYS_utime,
    SYS_mknod,
    SYS_arch_prctl,
    SYS_time,
    SYS_epoll_create,
    SYS_epoll_wait,
    SYS_utimes,
    SYS_futimesat,
    SYS_signalfd,
    SYS_eventfd,
#endif
};

// Would write the whole machine's files to its disks: a program has none there, so there is nothing to do.
const uint16_t kDoneAlready[] = {SYS_sync};

// The network, refused politely: libraries try it and go on without.
const uint16_t kRefused[] = {SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4};

// Calls of debuggers, system tools and exploits.
const uint16_t kForbidden[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_userfaultfd,
    SYS_kcmp,
    SYS_vhangup,
#ifdef SYS_open_tree
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
#endif
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#if defined(__x86_64__)
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
#endif
};

constexpr uint32_t kNamespaceFlags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                     CLONE_NEWPID | CLONE_NEWNET | 0x80 /* CLONE_NEWTIME */;
constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t kKill = SECCOMP_RET_KILL_PROCESS;
constexpr uint32_t error(int number) { return SECCOMP_RET_ERRNO | static_cast<uint32_t>(number); }

struct Filter {
  sock_filter code[1024];
  uint16_t size = 0;

  void add(uint32_t operation, uint32_t value, uint8_t if_true = 0, uint8_t if_false = 0) {
    code[size++] = {static_cast<uint16_t>(operation), if_true, if_false, value};
  }
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
  void finish(uint32_t action) { add(BPF_RET | BPF_K, action); }
  /// What comes in `steps` is for the call `number` alone.
  void for_call(uint32_t number, uint8_t steps) { add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, steps); }
  void decide(uint32_t number, uint32_t action) {
    for_call(number, 1);
    finish(action);
  }
  /// `action` if the low half of an argument has one of `bits`, else `otherwise`.
  void decide_by_bits(uint32_t number, size_t argument, uint32_t bits, uint32_t action, uint32_t otherwise) {
    for_call(number, 4);
    load(low_half(argument));
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    finish(action);
    finish(otherwise);
  }
  void decide_by_value(uint32_t number, size_t argument, uint32_t value, uint32_t action, uint32_t otherwise) {
    for_call(number, 4);
    load(low_half(argument));
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    finish(action);
    finish(otherwise);
  }
  /// Allowed where an argument is 0 or `self`: what a process does to itself.
  void for_self(uint32_t number, size_t argument, uint32_t self) {
    for_call(number, 5);
    load(low_half(argument));
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, self, 1, 0);
    finish(error(EPERM));
    finish(kAllow);
  }
  /// Refused where an argument is one of three values.
  void refuse_values(uint32_t number, size_t argument, const uint32_t (&values)[3]) {
    for_call(number, 6);
    load(low_half(argument));
    add(BPF_JMP | BPF_JEQ | BPF_K, values[0], 2, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, values[1], 1, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, values[2], 0, 1);
    finish(error(EPERM));
    finish(kAllow);
  }
  static size_t low_half(size_t argument) { return offsetof(seccomp_data, args) + argument * sizeof(uint64_t); }
};

/// What is decided by the number of the call alone, as a search by halves: the kernel runs the filter once for each
/// number when it is installed, to learn which it need not run again, and that was 0.17 ms with one comparison each.
class Decisions {
 public:
  Decisions() { std::fill(std::begin(action_), std::end(action_), error(ENOSYS)); }

  template <size_t n>
  void set(const uint16_t (&numbers)[n], uint32_t action) {
    for (const uint16_t number : numbers)
      if (number < kNumbers) action_[number] = action;
  }

  void write(Filter& filter) {
    for (uint32_t number = 0; number <= kNumbers; ++number)
      if (number == 0 || action_[number] != action_[number - 1]) first_[num_runs_++] = number;
    write(filter, 0, num_runs_);
  }

 private:
  static constexpr uint32_t kNumbers = 512;  // from there on nothing exists

  void write(Filter& filter, uint32_t begin, uint32_t end) {
    if (end - begin == 1) return filter.finish(action_[first_[begin]]);
    const uint32_t middle = (begin + end) / 2;
    const uint16_t jump = filter.size;
    filter.add(BPF_JMP | BPF_JGE | BPF_K, first_[middle]);
    write(filter, begin, middle);
    filter.code[jump].jt = static_cast<uint8_t>(filter.size - jump - 1);  // 2 · runs / 2 < 256
    write(filter, middle, end);
  }

  uint32_t action_[kNumbers + 1];
  uint32_t first_[kNumbers + 1];  // of each run of calls with one action
  uint32_t num_runs_ = 0;
};

/// What one process may do to another of the same user besides a plain signal: limit it, slow it down, and have the
/// kernel signal it when a descriptor becomes ready.
void keep_to_itself(Filter& filter, uint32_t self) {
  filter.for_self(SYS_prlimit64, 0, self);
  filter.for_self(SYS_sched_setaffinity, 0, self);
  filter.for_self(SYS_sched_setscheduler, 0, self);
  filter.for_self(SYS_rt_sigqueueinfo, 0, self);
  filter.decide(SYS_setpriority, error(EPERM));
  constexpr uint32_t own_ex = 15;  // F_SETOWN_EX
  filter.refuse_values(SYS_fcntl, 1, {F_SETOWN, F_SETSIG, own_ex});
}

void write_filter(Filter& filter, const SystemCallRules& rules) {
  filter.load(offsetof(seccomp_data, arch));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  filter.finish(kKill);  // int 0x80 speaks i386, with other numbers
  filter.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  filter.add(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
  filter.finish(kKill);  // x32
#endif
  if (rules.may_fork) {
    filter.decide_by_bits(SYS_clone, 0, kNamespaceFlags, kKill, kAllow);
  } else {
    filter.for_call(SYS_clone, 6);
    filter.load(Filter::low_half(0));
    filter.add(BPF_JMP | BPF_JSET | BPF_K, kNamespaceFlags, 0, 1);
    filter.finish(kKill);
    filter.add(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    filter.finish(kAllow);
    filter.finish(error(EPERM));
  }
#if defined(__x86_64__)
  filter.decide(SYS_fork, rules.may_fork ? kAllow : error(EPERM));
  filter.decide(SYS_vfork, rules.may_fork ? kAllow : error(EPERM));
#endif
  if (!rules.may_leave_group) {
    filter.decide(SYS_setsid, error(EPERM));
    filter.decide(SYS_setpgid, error(EPERM));
  }
  const uint32_t self = static_cast<uint32_t>(getpid());
  const uint32_t other = rules.may_signal ? kAllow : error(EPERM);
  filter.decide_by_value(SYS_kill, 0, self, kAllow, other);
  filter.decide_by_value(SYS_tgkill, 0, self, kAllow, other);
  filter.decide(SYS_tkill, other);
#ifdef SYS_pidfd_send_signal
  filter.decide(SYS_pidfd_send_signal, other);
#endif
  if (!rules.may_signal) keep_to_itself(filter, self);
  // clone3 keeps its flags in memory, which a filter cannot read; without it libraries use clone.
  filter.decide(435 /* clone3 */, error(ENOSYS));
  // A pair of sockets is a pipe: asyncio and multiprocessing use it.
  filter.decide_by_value(SYS_socketpair, 0, AF_UNIX, kAllow, error(EPERM));
  filter.for_call(SYS_ioctl, 7);
  filter.load(Filter::low_half(1));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 3, 0);
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, TIOCLINUX, 2, 0);
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, FIOSETOWN, 1, 0);
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SIOCSPGRP, 0, 1);
  filter.finish(error(EPERM));
  filter.finish(kAllow);
  Decisions decisions;
  decisions.set(kAllowed, kAllow);
  decisions.set(kRefused, error(EPERM));
  decisions.set(kDoneAlready, error(0));
  decisions.set(kForbidden, kKill);
  decisions.write(filter);
}

}  // namespace

bool restrict_system_calls(const SystemCallRules& rules) {
  Filter filter;
  write_filter(filter, rules);
  const sock_fprog program{filter.size, filter.code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace cohort::sandbox
