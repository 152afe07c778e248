# function wrong_answer
def add(a, b):
    loop = []
    loop.append(loop)
    return loop
