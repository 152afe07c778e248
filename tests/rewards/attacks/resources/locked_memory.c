// wrong_answer runtime_error
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
int main(void) {
  char* block = malloc(64 << 20);
  puts(mlock(block, 64 << 20) == 0 ? "7" : "refused");
}
