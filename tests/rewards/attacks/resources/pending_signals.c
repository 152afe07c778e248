// wrong_answer runtime_error time_limit
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, 0);
  union sigval value = {0};
  int sent = 0;
  while (sent < 100000 && sigqueue(getpid(), SIGRTMIN, value) == 0) ++sent;
  puts(sent == 100000 ? "7" : "refused");
}
