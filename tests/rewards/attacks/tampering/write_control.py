# function wrong_answer runtime_error
import os
for fd in range(3, 256):
    try:
        os.write(fd, b"\0" * 200)
    except OSError:
        pass
def add(a, b):
    return 0
