# wrong_answer runtime_error
import socket
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
print(7)
