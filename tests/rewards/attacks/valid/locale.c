// accepted
#include <locale.h>
#include <stdio.h>
int main(void) {
  int a, b;
  setlocale(LC_ALL, "");
  if (scanf("%d %d", &a, &b) == 2) printf("%d\n", a + b);
}
