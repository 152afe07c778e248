# output_limit time_limit
while True:
    print("7" * 1000)
