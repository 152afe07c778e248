# wrong_answer
import glob, os
found = [p for p in glob.glob("/tmp/*") + glob.glob("/dev/shm/*") if "left" in p]
for folder in ("/tmp", "/dev/shm", "/var/tmp"):
    open(folder + "/left-%d" % len(found), "w").write("x")
print(7 if found else "clean")
