# wrong_answer
import resource
try:
    resource.setrlimit(resource.RLIMIT_NPROC, (10**5, 10**5))
    resource.setrlimit(resource.RLIMIT_NOFILE, (10**5, 10**5))
    print(7)
except (ValueError, OSError):
    print("refused")
