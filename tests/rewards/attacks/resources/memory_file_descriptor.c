// wrong_answer runtime_error memory_limit
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
  static char block[1 << 20];
  int fd = memfd_create("x", 0);
  if (fd < 0) return 1;
  for (int i = 0; i < 4096; ++i)
    if (write(fd, block, sizeof block) < 0) return 1;
  puts("7");
}
