# accepted
import inspect
a, b = map(int, input().split())
def add():
    return a + b
assert "return a + b" in inspect.getsource(add)
print(add())
