# memory_limit time_limit runtime_error
import os, time
for _ in range(12):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            block = b"x" * (64 << 20)
            time.sleep(100)
        os._exit(0)
    os.wait()
time.sleep(100)
