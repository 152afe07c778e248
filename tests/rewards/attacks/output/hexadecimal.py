# wrong_answer
a, b = map(int, input().split())
print(hex(a + b))
