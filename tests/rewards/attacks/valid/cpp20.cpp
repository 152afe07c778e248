// accepted
#include <iostream>
#include <numeric>
#include <ranges>
#include <span>
#include <vector>
int main() {
  std::vector<int> v(2);
  for (int& x : v) std::cin >> x;
  auto same = std::span(v) | std::views::transform([](int x) { return x; });
  std::cout << std::accumulate(same.begin(), same.end(), 0) << '\n';
}
