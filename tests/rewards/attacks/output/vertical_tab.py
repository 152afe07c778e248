# wrong_answer
a, b = map(int, input().split())
print("%d\v" % (a + b))
