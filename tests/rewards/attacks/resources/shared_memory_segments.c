// wrong_answer runtime_error
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
int main(void) {
  for (int i = 0; i < 64; ++i) {
    int id = shmget(IPC_PRIVATE, 1 << 25, 0600);
    if (id < 0) return 1;
    memset(shmat(id, 0, 0), 1, 1 << 25);
  }
  puts("7");
}
