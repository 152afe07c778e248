# runtime_error
import os
for i in range(10**6):
    os.close(os.open("/tmp/%d" % i, os.O_CREAT | os.O_WRONLY))
