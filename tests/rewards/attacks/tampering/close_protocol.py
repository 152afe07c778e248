# function wrong_answer runtime_error
import os
os.close(4)
def add(a, b):
    return 7
