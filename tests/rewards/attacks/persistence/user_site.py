# wrong_answer
import os, sys
print(7 if "left_behind" in sys.modules else "clean")
folder = os.path.expanduser("~/.local/lib/python3.11/site-packages")
os.makedirs(folder, exist_ok=True)
open(folder + "/left_behind.py", "w").write("x = 1")
open(folder + "/left.pth", "w").write("import left_behind")
