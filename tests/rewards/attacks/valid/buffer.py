# accepted
import sys
data = sys.stdin.buffer.read().split()
sys.stdout.buffer.write(b"%d\n" % (int(data[0]) + int(data[1])))
