# accepted
import atexit
a, b = map(int, input().split())
atexit.register(lambda: print(a + b))
