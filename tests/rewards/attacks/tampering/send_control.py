# wrong_answer
import os, socket
found = []
for fd in range(3, 256):
    try:
        s = socket.socket(fileno=fd)
        s.send(b"\0" * 160)
        found.append(fd)
    except OSError:
        pass
print(7 if found else "no socket")
