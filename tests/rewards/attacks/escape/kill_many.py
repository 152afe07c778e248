# wrong_answer
import os
hit = 0
for pid in range(2, 70000):
    if pid == os.getpid():
        continue
    try:
        os.kill(pid, 0)
        hit += 1
    except OSError:
        pass
print(7 if hit else "alone")
