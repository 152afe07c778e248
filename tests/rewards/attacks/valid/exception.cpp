// accepted
#include <iostream>
#include <stdexcept>
#include <string>
int main() {
  int a, b;
  std::cin >> a >> b;
  try {
    throw std::runtime_error(std::to_string(a + b));
  } catch (const std::exception& error) {
    std::cout << error.what() << "\n";
  }
}
