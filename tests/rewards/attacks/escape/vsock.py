# wrong_answer runtime_error
import socket
socket.socket(40, socket.SOCK_STREAM)
print(7)
