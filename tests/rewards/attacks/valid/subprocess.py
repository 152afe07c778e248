# accepted
import subprocess
a, b = map(int, input().split())
print(subprocess.run(["expr", str(a), "+", str(b)], capture_output=True, text=True).stdout)
