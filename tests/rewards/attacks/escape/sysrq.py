# wrong_answer runtime_error
open("/proc/sysrq-trigger", "w").write("h")
print(7)
