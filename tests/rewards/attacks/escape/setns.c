// forbidden
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
int main(void) { printf("%d\n", setns(open("/proc/1/ns/net", O_RDONLY), 0)); }
