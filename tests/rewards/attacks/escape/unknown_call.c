// wrong_answer
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { puts(syscall(600) >= 0 ? "7" : "refused"); }
