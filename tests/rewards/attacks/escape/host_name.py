# wrong_answer
import os
print("name", os.uname().nodename)
