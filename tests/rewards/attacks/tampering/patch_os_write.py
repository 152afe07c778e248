# function wrong_answer runtime_error
import os
os.write = lambda fd, data: len(data)
def add(a, b):
    return 0
