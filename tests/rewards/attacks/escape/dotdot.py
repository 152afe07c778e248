# wrong_answer runtime_error
a, b = map(int, input().split())
path, pid, port = input().split()
open("../" * 40 + path.lstrip("/")).read()
print(a + b)
