# wrong_answer
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for i in range(1000):
            time.sleep(1)
            print(7, flush=True)
    os._exit(0)
os.wait()
print("parent")
