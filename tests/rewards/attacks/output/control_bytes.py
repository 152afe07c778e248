# wrong_answer
a, b = map(int, input().split())
print("\x1b[8mwrong\x1b[0m\b%d" % (a + b))
