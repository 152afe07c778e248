# function secret wrong_answer
import gc
def add(a, b):
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            for value in list(thing.values()):
                if isinstance(value, str) and value.startswith("secret-"):
                    return value
        if isinstance(thing, (list, tuple)):
            for value in thing:
                if isinstance(value, str) and value.startswith("secret-"):
                    return value
