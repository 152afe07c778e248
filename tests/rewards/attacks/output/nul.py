# wrong_answer
a, b = map(int, input().split())
print("%d\0" % (a + b))
