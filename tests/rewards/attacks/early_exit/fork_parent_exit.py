# wrong_answer
import os
if os.fork():
    os._exit(0)
print("the child goes on")
