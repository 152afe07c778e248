// forbidden runtime_error compile_error
#include <stdio.h>
int main(void) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
  puts(result > 0 ? "7" : "refused");
}
