# wrong_answer
a, b = map(int, input().split())
print("%d\u200b" % (a + b))
