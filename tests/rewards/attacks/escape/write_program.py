# wrong_answer runtime_error
open("/usr/bin/python3", "r+b").write(b"#!")
print(7)
