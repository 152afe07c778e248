# wrong_answer runtime_error
import os
a, b = map(int, input().split())
path, pid, port = input().split()
os.kill(int(pid), 9)
print(a + b)
