// compile_error
constexpr long spin(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) sum += i;
  return sum;
}
constexpr long value = spin(1000000000000);
int main() { return value; }
