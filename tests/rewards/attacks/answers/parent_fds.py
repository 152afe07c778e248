# secret wrong_answer
import os
for pid in [os.getppid(), 1]:
    for fd in range(64):
        try:
            print(open("/proc/%d/fd/%d" % (pid, fd), "rb").read(100))
        except OSError:
            pass
