# function wrong_answer
import os
def add(a, b):
    os.write(4, b"i7;")
    return 7
