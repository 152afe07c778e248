// output_limit time_limit
#include <stdio.h>
int main(void) {
  for (;;) puts("77777777777777777777777777777777777777777777777777777777");
}
