# secret forbidden
import ctypes, os
libc = ctypes.CDLL(None)
print(libc.ptrace(16, os.getppid() or 1, 0, 0))
