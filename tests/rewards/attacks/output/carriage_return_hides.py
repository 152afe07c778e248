# wrong_answer
a, b = map(int, input().split())
print("wrong\r%d" % (a + b))
