# wrong_answer runtime_error
import fcntl, os, socket, struct, time
a, b = map(int, input().split())
path, pid, port = input().split()
# The kernel sends the signal, to whoever is said to own the descriptor.
left, right = socket.socketpair()
fcntl.fcntl(left, 10, 9)  # F_SETSIG
try:
    fcntl.fcntl(left, fcntl.F_SETOWN, int(pid))
except OSError:
    fcntl.ioctl(left, 0x8901, struct.pack("i", int(pid)))  # FIOSETOWN
fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
right.send(b"x")
time.sleep(0.1)
print("sent")
