// accepted
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  char text[4096];
  size_t size = fread(text, 1, sizeof text - 1, stdin);
  text[size] = 0;
  char* rest;
  long a = strtol(text, &rest, 10);
  printf("%ld\n", a + strtol(rest, 0, 10));
}
