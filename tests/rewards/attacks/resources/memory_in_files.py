# memory_limit runtime_error time_limit
import os
try:
    for i in range(100):
        with open("/dev/shm/%d" % i, "wb") as file:
            file.write(b"x" * (16 << 20))
except OSError:
    raise SystemExit(3)
