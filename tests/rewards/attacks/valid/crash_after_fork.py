# accepted
import os
a, b = map(int, input().split())
if os.fork() == 0:
    os._exit(3)
os.wait()
print(a + b)
