# forbidden
import ctypes
print(ctypes.CDLL(None).mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None))
