# wrong_answer runtime_error
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSTI, b"x")
print(7)
