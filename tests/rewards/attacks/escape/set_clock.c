// forbidden
#include <stdio.h>
#include <time.h>
int main(void) {
  struct timespec time = {0, 0};
  printf("%d\n", clock_settime(CLOCK_REALTIME, &time));
}
