// forbidden
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { puts(syscall(0x40000000 | 39) > 0 ? "7" : "refused"); }
