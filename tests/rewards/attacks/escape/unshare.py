# forbidden
import ctypes
print(ctypes.CDLL(None).unshare(0x10000000))
