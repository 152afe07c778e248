# wrong_answer
import os, sys
sys.excepthook = lambda *error: os._exit(0)
raise ValueError("the hook hides this")
