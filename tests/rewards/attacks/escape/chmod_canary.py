# wrong_answer runtime_error
import os
a, b = map(int, input().split())
path, pid, port = input().split()
os.chmod(path, 0)
print(a + b)
