// secret forbidden
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/uio.h>
int main(void) {
  char bytes[64];
  struct iovec local = {bytes, 64}, remote = {(void*)0x400000, 64};
  printf("%zd\n", process_vm_readv(1, &local, 1, &remote, 1, 0));
}
