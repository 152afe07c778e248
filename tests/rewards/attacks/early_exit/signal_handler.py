# wrong_answer
import os, signal
signal.signal(signal.SIGALRM, lambda *a: os._exit(0))
signal.alarm(1)
signal.pause()
