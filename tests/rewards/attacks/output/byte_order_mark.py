# wrong_answer
a, b = map(int, input().split())
print("\ufeff%d" % (a + b))
