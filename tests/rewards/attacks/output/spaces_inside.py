# wrong_answer
a, b = map(int, input().split())
print(" ".join("1%d" % (a + b)))
