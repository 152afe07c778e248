# wrong_answer runtime_error
open("/etc/shadow").read()
print(7)
