# function wrong_answer
def add(a, b):
    yield a + b
