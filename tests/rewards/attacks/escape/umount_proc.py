# forbidden
import ctypes
print(ctypes.CDLL(None).umount2(b"/proc", 2))
