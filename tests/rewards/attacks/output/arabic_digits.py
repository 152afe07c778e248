# wrong_answer
a, b = map(int, input().split())
print(str(a + b).translate({ord("0") + i: 0x660 + i for i in range(10)}))
