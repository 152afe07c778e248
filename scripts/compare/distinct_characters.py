#!/usr/bin/env python3
"""The reward of trl_step.py for cohort's subprocess reward: it differs within a group, so that there is a gradient."""
import json
import sys

for line in sys.stdin:
    sample = json.loads(line)
    if "ping" in sample:
        reply = {"pong": sample["ping"]}
    else:
        reply = {"id": sample["id"], "score": float(len(set(sample["completion"])))}
    print(json.dumps(reply), flush=True)
