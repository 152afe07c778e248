# function wrong_answer
import os
os.write(4, b"s99999999999999999999:x")
os._exit(0)
