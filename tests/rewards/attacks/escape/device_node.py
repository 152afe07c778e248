# wrong_answer runtime_error
import os, stat
os.mknod("/tmp/disk", stat.S_IFBLK | 0o666, os.makedev(254, 0))
open("/tmp/disk", "rb").read(16)
print(7)
