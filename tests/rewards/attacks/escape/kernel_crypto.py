# wrong_answer runtime_error
import socket
socket.socket(38, socket.SOCK_SEQPACKET)
print(7)
