# memory_limit runtime_error time_limit
blocks = []
while True:
    blocks.append(bytearray(1 << 24))
