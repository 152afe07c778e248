# accepted
import threading, time
a, b = map(int, input().split())
def later():
    time.sleep(0.05)
    print(a + b)
threading.Thread(target=later).start()
