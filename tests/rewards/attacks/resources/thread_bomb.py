# runtime_error time_limit memory_limit
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(100,)).start()
