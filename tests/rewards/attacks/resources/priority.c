// wrong_answer
#include <sched.h>
#include <stdio.h>
int main(void) {
  struct sched_param parameter = {50};
  puts(sched_setscheduler(0, SCHED_FIFO, &parameter) == 0 ? "7" : "refused");
}
