// accepted
#include <iostream>
#include <thread>
int main() {
  int a, b, sum = 0;
  std::cin >> a >> b;
  std::thread([&] { sum = a + b; }).join();
  std::cout << sum << "\n";
}
