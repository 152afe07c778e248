# wrong_answer runtime_error
import resource
a, b = map(int, input().split())
path, pid, port = input().split()
most = resource.prlimit(int(pid), resource.RLIMIT_CPU)[1]
resource.prlimit(int(pid), resource.RLIMIT_CPU, (1, most))
print(a + b)
