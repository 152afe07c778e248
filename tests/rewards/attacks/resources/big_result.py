# function output_limit memory_limit
def add(a, b):
    return "x" * (40 << 20)
