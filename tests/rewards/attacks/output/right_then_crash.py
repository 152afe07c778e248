# runtime_error
a, b = map(int, input().split())
print(a + b, flush=True)
raise ValueError
