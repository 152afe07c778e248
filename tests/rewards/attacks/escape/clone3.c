// wrong_answer
#define _GNU_SOURCE
#include <linux/sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  struct clone_args arguments = {.flags = 0x10000000, .exit_signal = 17};
  long process = syscall(435, &arguments, sizeof arguments);
  if (process == 0) _exit(0);
  puts(process > 0 ? "7" : "refused");
}
