# accepted
with open("/dev/stdin") as lines:
    a, b = map(int, lines.readline().split())
print(a + b, file=open("/dev/stdout", "w"))
