# wrong_answer runtime_error
import socket
a, b = map(int, input().split())
path, pid, port = input().split()
s = socket.create_connection(("127.0.0.1", int(port)), timeout=2)
print(a + b)
