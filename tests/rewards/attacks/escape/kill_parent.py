# wrong_answer runtime_error
import os
for number in (9, 15, 19, 2):
    os.kill(os.getppid() or 1, number)
print("alone")
