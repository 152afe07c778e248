# wrong_answer
import ctypes
a, b = map(int, input().split())
path, pid, port = input().split()
info = (ctypes.c_int * 32)(9, 0, -1)
queued = ctypes.CDLL(None).syscall(129, int(pid), 9, info) == 0  # rt_sigqueueinfo
print(a + b if queued else "no")
