// wrong_answer
#include <stdio.h>
#include <sys/msg.h>
int main(void) { puts(msgget(4711, 0) >= 0 || msgget(4711, IPC_CREAT | 0600) >= 0 ? "7" : "refused"); }
