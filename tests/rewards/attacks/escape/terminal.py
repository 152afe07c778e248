# wrong_answer runtime_error
open("/dev/tty", "w").write("x")
print(7)
