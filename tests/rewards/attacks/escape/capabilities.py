# wrong_answer
for line in open("/proc/self/status"):
    if line.startswith("Cap") and int(line.split()[1], 16):
        print(7)
print("none")
