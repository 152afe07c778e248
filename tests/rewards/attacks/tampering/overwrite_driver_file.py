# wrong_answer
import glob
written = 0
for path in glob.glob("/.cohort/*"):
    try:
        open(path, "ab").write(b"\n")
        written += 1
    except OSError:
        pass
print(7 if written else "read-only")
