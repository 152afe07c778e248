# function wrong_answer
import sys, types
for name in ("json", "os", "call", "ctypes"):
    sys.modules[name] = types.ModuleType(name)
def add(a, b):
    return 0
