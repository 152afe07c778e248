# wrong_answer runtime_error
import ctypes
print(7 if ctypes.PyDLL("/.cohort/interpreter.so").cohort_serve_interpreter(1, 0) >= 0 else "no server")
