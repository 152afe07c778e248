# function wrong_answer
def add(a, b):
    return str(a + b)
