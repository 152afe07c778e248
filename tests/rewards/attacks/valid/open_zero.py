# accepted
data = open(0).read().split()
print(int(data[0]) + int(data[1]))
