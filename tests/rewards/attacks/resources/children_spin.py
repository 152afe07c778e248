# time_limit
import os
for _ in range(6):
    if os.fork() == 0:
        while True:
            pass
os.wait()
