# function wrong_answer
import os
os.write(4, b"l999999999:" + b"l1:" * 100000)
os._exit(0)
