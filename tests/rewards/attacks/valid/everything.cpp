// accepted
#include <bits/stdc++.h>
using namespace std;
int main() {
  vector<int> v(2);
  for (auto& x : v) cin >> x;
  cout << accumulate(v.begin(), v.end(), 0) << '\n';
}
