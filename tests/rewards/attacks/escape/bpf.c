// forbidden
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  char attributes[128] = {0};
  printf("%ld\n", syscall(SYS_bpf, 0, attributes, sizeof attributes));
}
