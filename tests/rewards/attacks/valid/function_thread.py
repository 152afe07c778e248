# function accepted
import threading
def add(a, b):
    out = []
    thread = threading.Thread(target=lambda: out.append(a + b))
    thread.start()
    thread.join()
    return out[0]
