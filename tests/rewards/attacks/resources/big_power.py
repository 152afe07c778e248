# time_limit memory_limit
print(len(str(9 ** 9 ** 9)))
