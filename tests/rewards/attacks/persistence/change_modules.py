# wrong_answer
import json, builtins
print(7 if hasattr(json, "left") or hasattr(builtins, "left") else "clean")
json.left = builtins.left = True
