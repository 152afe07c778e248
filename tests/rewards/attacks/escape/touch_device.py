# wrong_answer runtime_error
import os
a, b = map(int, input().split())
os.utime("/dev/null", (0, 0)) if os.getuid() == 0 else os.utime("/dev/null")
print(a + b)
