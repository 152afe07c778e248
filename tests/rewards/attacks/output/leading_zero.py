# wrong_answer
a, b = map(int, input().split())
print("0%d" % (a + b))
