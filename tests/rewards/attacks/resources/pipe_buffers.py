# runtime_error memory_limit
import fcntl, os
while True:
    r, w = os.pipe()
    fcntl.fcntl(w, 1031, 1 << 20)
    os.set_blocking(w, False)
    os.write(w, b"x" * (1 << 20))
