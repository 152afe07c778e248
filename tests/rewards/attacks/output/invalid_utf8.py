# wrong_answer
import sys
a, b = map(int, input().split())
sys.stdout.buffer.write(b"\xff%d\n" % (a + b))
