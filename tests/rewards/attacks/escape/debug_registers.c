// forbidden
#include <stdio.h>
#include <sys/io.h>
int main(void) { printf("%d\n", iopl(3)); }
