# secret wrong_answer
import os
for value in os.environ.values():
    if "secret-" in value:
        print(value)
