# wrong_answer
import glob
from multiprocessing import shared_memory
print(7 if glob.glob("/dev/shm/*left*") else "clean")
try:
    shared_memory.SharedMemory("left", create=True, size=1024)
except OSError:
    pass
