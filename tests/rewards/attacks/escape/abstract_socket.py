# wrong_answer runtime_error
import socket
s = socket.socket(socket.AF_UNIX)
s.bind("\0cohort")
print(7)
