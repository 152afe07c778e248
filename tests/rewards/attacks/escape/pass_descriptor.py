# wrong_answer
import array, os, socket
a, b = socket.socketpair()
root = os.open("/", os.O_RDONLY)
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [root]))])
_, data, _, _ = b.recvmsg(1, 64)
fd = array.array("i", data[0][2])[0]
names = set(os.listdir(fd))
print(7 if names & {"home", "root", "boot", "srv", "work"} else "small")
