#!/usr/bin/env python3
"""The mathematics verifier beside Math-Verify on the same pairs, in one run on one core.

    pip install math-verify
    build/release/benchmark_verifier --write pairs.jsonl
    COHORT_LIBRARY=build/release/libcohort_rewards.so benchmarks/verifier.py pairs.jsonl --sample 500

Lines of the file: {"gold": str, "pred": str, "expected": 0 or 1 (optional)}. Texts without dollars or a box are given to
Math-Verify in dollars, which is how it finds LaTeX.
"""

import argparse
import json
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "examples" / "python"))
from cohort_verifier import Verifier  # noqa: E402


def summary(name, seconds, verdicts, pairs):
    right = [v == p["expected"] for v, p in zip(verdicts, pairs) if "expected" in p]
    accuracy = f"{100 * sum(right) / len(right):.2f} % right" if right else ""
    ordered = sorted(seconds)
    print(f"{name:12} {len(pairs)} pairs, mean {len(pairs) / sum(seconds):10.1f}/s, median "
          f"{1e6 * statistics.median(seconds):9.1f} µs, p99 {1e3 * ordered[int(len(ordered) * 0.99)]:8.3f} ms, "
          f"max {1e3 * ordered[-1]:8.1f} ms  {accuracy}")


def in_dollars(text):
    return text if "$" in text or "\\boxed" in text else f"${text}$"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--sample", type=int, default=500, help="pairs, chosen with seed 1")
    arguments = parser.parse_args()
    pairs = [json.loads(line) for line in open(arguments.file, encoding="utf-8")]
    pairs = random.Random(1).sample(pairs, min(arguments.sample, len(pairs)))

    verifier = Verifier(threads=1)
    verifier.grade_batch([p["gold"] for p in pairs], [p["pred"] for p in pairs])  # warm
    start = time.perf_counter()
    results = verifier.grade_batch([p["gold"] for p in pairs], [p["pred"] for p in pairs])
    took = time.perf_counter() - start
    summary("cohort", [r.microseconds / 1e6 for r in results], [int(r.score == 1) for r in results], pairs)
    print(f"{'':12} with ctypes and Python objects: {len(pairs) / took:.0f}/s")

    from math_verify import parse, verify
    seconds, verdicts = [], []
    for pair in pairs:
        start = time.perf_counter()
        try:
            verdicts.append(int(verify(parse(in_dollars(pair["gold"])), parse(in_dollars(pair["pred"])))))
        except Exception:  # it answers a timeout with one
            verdicts.append(0)
        seconds.append(time.perf_counter() - start)
    summary("Math-Verify", seconds, verdicts, pairs)
    agree = sum(a == int(b.score == 1) for a, b in zip(verdicts, results))
    print(f"the same verdict on {agree} of {len(pairs)}")


if __name__ == "__main__":
    main()
