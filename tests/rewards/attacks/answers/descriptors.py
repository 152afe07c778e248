# secret wrong_answer time_limit
import os, re
for fd in range(0, 256):
    try:
        os.set_blocking(fd, False)
        found = re.search(rb"secret-[0-9a-f]{16}", os.read(fd, 1 << 20))
    except OSError:
        continue
    if found:
        print(found.group().decode())
