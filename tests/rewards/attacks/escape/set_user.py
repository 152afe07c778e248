# wrong_answer runtime_error
import os
os.setuid(0)
print(7)
