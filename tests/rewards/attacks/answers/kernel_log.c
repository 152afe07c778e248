// secret forbidden
#include <stdio.h>
#include <sys/klog.h>
int main(void) {
  char text[4096];
  printf("%d\n", klogctl(3, text, sizeof text));
}
