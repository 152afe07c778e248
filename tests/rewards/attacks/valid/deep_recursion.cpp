// accepted
#include <iostream>
int down(int n) {
  volatile int here = n;
  return n == 0 ? 0 : 1 + down(here - 1);
}
int main() {
  int a, b;
  std::cin >> a >> b;
  std::cout << a + b + down(500000) - 500000 << "\n";
}
