# time_limit
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
