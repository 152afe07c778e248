# wrong_answer runtime_error
import os
a, b = map(int, input().split())
path, pid, port = input().split()
os.symlink(path, "/tmp/link")
open("/tmp/link").read()
print(a + b)
