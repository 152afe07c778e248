# wrong_answer runtime_error
import os
os.link("/etc/passwd", "/tmp/passwd")
print(7)
