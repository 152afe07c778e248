# wrong_answer
a, b = map(int, input().split())
print("\u00a0%d\u2003" % (a + b))
