# wrong_answer
import os, subprocess
for path in ("/usr/bin/su", "/usr/bin/sudo", "/usr/bin/passwd", "/usr/bin/newgrp", "/usr/bin/mount"):
    if os.path.exists(path):
        done = subprocess.run([path, "-c", "id -u"], capture_output=True, stdin=subprocess.DEVNULL)
        if done.stdout.strip() == b"0":
            print(7)
print("user", os.getuid())
