# wrong_answer
a, b = map(int, input().split())
print("%de0" % (a + b))
