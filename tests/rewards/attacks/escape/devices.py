# wrong_answer
import os
allowed = {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"}
print(7 if set(os.listdir("/dev")) - allowed else "few")
