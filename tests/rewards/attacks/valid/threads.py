# accepted
import sys, threading
sys.setrecursionlimit(1 << 20)
threading.stack_size(1 << 26)
def main():
    def down(n):
        return 0 if n == 0 else 1 + down(n - 1)
    a, b = map(int, input().split())
    print(a + b + down(20000) - 20000)
thread = threading.Thread(target=main)
thread.start()
thread.join()
