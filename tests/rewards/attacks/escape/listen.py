# wrong_answer runtime_error
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
print(7)
