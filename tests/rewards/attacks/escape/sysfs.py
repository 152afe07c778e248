# wrong_answer runtime_error
import os
print(7 if os.listdir("/sys") else "empty")
