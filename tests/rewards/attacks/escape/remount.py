# forbidden
import ctypes
print(ctypes.CDLL(None).mount(None, b"/usr", None, 32 | 4096, None))
