# memory_limit runtime_error time_limit
import os, time
for _ in range(12):
    if os.fork() == 0:
        block = bytearray(64 << 20)
        for i in range(0, len(block), 4096):
            block[i] = 1
        time.sleep(100)
time.sleep(100)
