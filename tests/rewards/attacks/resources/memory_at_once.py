# memory_limit runtime_error time_limit
block = bytearray(1 << 30)
for i in range(0, len(block), 4096):
    block[i] = 1
