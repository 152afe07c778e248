# wrong_answer runtime_error
import os
os.kill(-1, 9)
print("alone")
