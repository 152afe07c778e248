# accepted
import sys
a, b = map(int, input().split())
print("debug\n" * 50000, file=sys.stderr)
print(a + b)
