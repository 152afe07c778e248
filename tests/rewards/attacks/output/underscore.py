# wrong_answer
a, b = map(int, input().split())
print("0_" + str(a + b))
