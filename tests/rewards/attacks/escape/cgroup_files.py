# wrong_answer runtime_error
import os
os.mkdir("/sys/fs/cgroup/cohort_was_here")
print(7)
