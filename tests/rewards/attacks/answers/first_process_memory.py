# secret wrong_answer
import os
for name in ("mem", "environ", "maps", "fd", "root", "cwd", "exe"):
    try:
        path = "/proc/1/" + name
        print(os.listdir(path) if name == "fd" else open(path, "rb").read(10))
    except OSError as error:
        print(error.errno)
