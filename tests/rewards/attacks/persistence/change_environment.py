# wrong_answer
import os, sys
print(7 if "LEFT" in os.environ or "left" in sys.argv else "clean")
os.environ["LEFT"] = "1"
os.putenv("LEFT", "1")
sys.argv.append("left")
