# wrong_answer
import os
a, b = map(int, input().split())
path, pid, port = input().split()
done = 0
for slow in (lambda: os.setpriority(os.PRIO_PROCESS, int(pid), 19), lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(int(pid)), 19),
             lambda: os.sched_setscheduler(int(pid), os.SCHED_IDLE, os.sched_param(0)),
             lambda: os.sched_setaffinity(int(pid), {0})):
    try:
        slow()
        done += 1
    except OSError:
        pass
print(a + b if done else "no")
