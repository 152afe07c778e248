# function accepted
import functools
@functools.lru_cache(None)
def add(a, b):
    return a + b
