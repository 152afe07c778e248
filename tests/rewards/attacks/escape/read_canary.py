# wrong_answer runtime_error
a, b = map(int, input().split())
path, pid, port = input().split()
open(path).read()
print(a + b)
