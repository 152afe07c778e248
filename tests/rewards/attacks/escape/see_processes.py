# wrong_answer
import glob
print(7 if len(glob.glob("/proc/[0-9]*")) > 1 else "alone")
