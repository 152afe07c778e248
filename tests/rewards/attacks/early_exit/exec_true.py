# wrong_answer
import os
os.execv("/bin/true", ["true"])
