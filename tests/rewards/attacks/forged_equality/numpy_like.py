# function wrong_answer
class Number:
    def __init__(self, n):
        self.n = n
    def __index__(self):
        return self.n
    __int__ = __index__
def add(a, b):
    return Number(a + b)
