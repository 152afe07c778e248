# wrong_answer runtime_error
import socket
socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
print(7)
