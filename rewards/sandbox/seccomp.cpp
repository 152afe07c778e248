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

#include "rewards/sandbox/system_calls.hpp"

namespace cohort::sandbox {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the sandbox has no list of system calls for this architecture"
#endif

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
  if (!rules.may_signal && !rules.may_fork)
    for (const uint16_t number : kChangesOfFiles) filter.decide(number, error(EPERM));
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
