# runtime_error
import os
for i in range(10**6):
    os.mkdir("x")
    os.chdir("x")
