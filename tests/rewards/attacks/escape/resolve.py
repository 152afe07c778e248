# wrong_answer runtime_error
import socket
print(socket.gethostbyname("example.com"))
print(7)
