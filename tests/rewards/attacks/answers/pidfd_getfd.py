# secret forbidden wrong_answer
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
handle = libc.syscall(434, 1, 0)
print(libc.syscall(438, handle, 0, 0))
