# function wrong_answer
import os


def add(a, b):
    # A byte each here, a hundred in whoever reads them.
    left = memoryview(b"l15000000:" + b"N" * 15_000_000)
    while left:
        left = left[os.write(4, left) :]
    os._exit(0)
