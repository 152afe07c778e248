# wrong_answer runtime_error
open("/proc/sys/kernel/core_pattern", "w").write("|/tmp/x")
print(7)
