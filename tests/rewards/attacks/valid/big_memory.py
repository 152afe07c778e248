# accepted
a, b = map(int, input().split())
block = bytearray(64 << 20)
print(a + b)
