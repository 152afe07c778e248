// memory_limit time_limit
#include <stdio.h>
#include <sys/mman.h>
// Reads a page of each 2 MiB: all are the one page of zeros, but each needs a page of tables.
int main() {
  const long size = 1l << 39;
  for (int i = 0; i < 100; ++i) {
    volatile char* p = mmap(0, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) break;
    madvise((void*)p, size, MADV_NOHUGEPAGE);
    for (long at = 0; at < size; at += 1 << 21) (void)p[at];
  }
  puts("7");
}
