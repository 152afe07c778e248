# function wrong_answer
import sys
def add(a, b):
    sys.exit(0)
