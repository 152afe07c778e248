// wrong_answer
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  char parameters[120] = {0};
  puts(syscall(425, 8, parameters) >= 0 ? "7" : "refused");
}
