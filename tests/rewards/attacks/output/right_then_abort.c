// runtime_error
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  int a, b;
  if (scanf("%d %d", &a, &b) == 2) printf("%d\n", a + b);
  fflush(stdout);
  abort();
}
