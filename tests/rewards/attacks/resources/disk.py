# runtime_error output_limit memory_limit
with open("/tmp/big", "wb") as file:
    while True:
        file.write(b"x" * (1 << 20))
