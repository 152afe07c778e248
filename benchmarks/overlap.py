#!/usr/bin/env python3
"""GRPO steps whose updates begin while the rollout still decodes, beside the same steps one thing after the other, in turns.

    python3 benchmarks/overlap.py [--config benchmarks/overlap.toml] [--set rollout.max_batch=32 ...] [--rounds 4] [--steps 8]

A round is one run of `cohort train` with train.overlap_update and one without; the first step of a run warms up and does
not count. Metrics, completions and weights of the two must be equal to the bit. Every group is read, also one without
advantage.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import measure

TIMES = ("time/rollout", "time/score", "time/update", "time/step", "time/overlapped")


def train(options, overlaps):
    sets = ["train.skip_zero_advantages=false", "train.checkpoint_every=0", *options.set,
            f"train.overlap_update={str(overlaps).lower()}"]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        measure.run([f"{options.build}/cohort", "train", options.config, "--out", run, "--steps", options.steps,
                     "--threads", options.threads, "--quiet", *(word for key in sets for word in ("--set", key))])
        steps = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        bits = [(run / name).read_bytes() for name in ("completions.jsonl", "final/model.safetensors")]
    same = [{key: value for key, value in step.items()
             if not key.startswith("time/") and not key.endswith("_ms") and key not in ("tokens_per_second", "memory/peak_bytes")}
            for step in steps]
    return {"times": {key: [step.get(key, 0.0) for step in steps[1:]] for key in TIMES}, "bits": (same, bits),
            "lengths": [(step["completions/min_length"], step["completions/mean_length"], step["completions/max_length"])
                        for step in steps[1:]],
            "peak_gb": max(step["memory/peak_bytes"] for step in steps) / 1e9}


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=4)
    parser.add_argument("--config", default="benchmarks/overlap.toml")
    parser.add_argument("--set", action="append", default=[], help="key=value, of the configuration")
    parser.add_argument("--steps", type=int, default=8)
    options = parser.parse_args()
    report = measure.Report(options)
    programs = {"one after the other": lambda: train(options, False), "overlapped": lambda: train(options, True)}
    runs = measure.in_turns(programs, options.rounds)
    bits = [run.pop("bits") for of_one in runs.values() for run in of_one]
    assert all(one == bits[0] for one in bits), "the runs differ"

    rows, medians = [], {}
    for name, of_one in runs.items():
        times = {key: [seconds for run in of_one for seconds in run["times"][key]] for key in TIMES}
        medians[name] = statistics.median(times["time/step"])
        rows.append([name, *(measure.spread(times[key], 2, "s") for key in TIMES),
                     f"{max(run['peak_gb'] for run in of_one):.2f} GB"])
    ratio = medians["overlapped"] / medians["one after the other"]
    report.write(["", "rollout", "score", "update", "step", "of the update, in the rollout", "peak memory"], rows,
                 ratio=round(ratio, 3), runs=runs)
    print(f"\nA step takes {ratio:.2f} of its time; equal bits.")


main()
