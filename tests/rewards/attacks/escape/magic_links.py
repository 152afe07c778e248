# wrong_answer
import os
a, b = map(int, input().split())
path, pid, port = input().split()
for start in ("/proc/1/root", "/proc/1/cwd", "/proc/%s/root" % pid, "/proc/self/root", "/proc/thread-self/root"):
    try:
        open(start + path).read()
        print(a + b)
    except OSError:
        pass
