// runtime_error
int depth(int n) {
  volatile char block[4096];
  block[n % 4096] = 1;
  return depth(n + 1) + block[0];
}
int main(void) { return depth(0); }
