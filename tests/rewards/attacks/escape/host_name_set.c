// forbidden
#include <stdio.h>
#include <unistd.h>
int main(void) { printf("%d\n", sethostname("owned", 5)); }
