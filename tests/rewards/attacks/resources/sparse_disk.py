# runtime_error output_limit wrong_answer
with open("/tmp/big", "wb") as file:
    file.truncate(1 << 40)
print("sparse")
