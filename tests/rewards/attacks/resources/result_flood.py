# function output_limit time_limit
import os
def add(a, b):
    while True:
        os.write(4, b"x" * 65536)
