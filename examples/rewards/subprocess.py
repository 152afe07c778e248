#!/usr/bin/env python3
"""1 if the completion has the word of the answer in it. One JSON object a line comes in, one goes out."""
import json
import sys

for line in sys.stdin:
    sample = json.loads(line)
    if "ping" in sample:  # the first line, with the settings of the reward
        reply = {"pong": sample["ping"]}
    else:
        words = sample["completion"].lower().split()
        reply = {"id": sample["id"], "score": sample["answer"].lower() in words, "columns": {"words": len(words)}}
    print(json.dumps(reply), flush=True)
