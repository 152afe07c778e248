#!/usr/bin/env python3
"""A GRPO step of cohort beside one of TRL: same model, prompts, group size, lengths and number of threads, in turns.

    .oracle/bin/pip install trl==1.16.0 transformers gguf datasets accelerate      # once, in a venv .oracle
    .oracle/bin/python benchmarks/grpo_step.py [--rounds 2] [--steps 3] [--problems 4] [--group-size 8] [--new-tokens 128]

SmolLM2-135M-Instruct in bfloat16 on GSM8K; end-of-text is forbidden, so that every completion has all its tokens. A round
is one run of each program; the first step of a run warms up and does not count. Writes benchmarks/results/grpo_step.json
and prints a row for RESULTS.md: the median of all steps, with the least and the most.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / ".." / "shared" / "data" / "gsm8k" / "train.jsonl"


def in_words(command):
    """The command without what is this machine's alone: the program's folder, and where its files lie."""
    return " ".join(re.sub(r"/\S*/", "", word) for word in command[1:])


def cohort_run(options, folder):
    command = [str(ROOT / "build/release/cohort"), "train", "examples/gsm8k.toml", "--out", f"{folder}/run",
               "--steps", str(options.steps), "--quiet"]
    settings = {"rollout.problems_per_step": options.problems, "rollout.group_size": options.group_size,
                "rollout.max_new_tokens": options.new_tokens, "rollout.ignore_eos": "true",
                "train.micro_batch_tokens": options.micro_batch_tokens, "train.skip_zero_advantages": "false",
                "train.checkpoint_every": 0, "task.file": options.data, "task.held_out_file": options.data.with_name("test.jsonl")}
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    subprocess.run(command, cwd=ROOT, check=True)
    steps = [json.loads(line) for line in (Path(folder) / "run/metrics.jsonl").read_text().splitlines()]
    assert all(step["sampling/logp_difference_max"] == 0 for step in steps)
    return {"step": [step["time/step"] for step in steps[1:]], "rollout": [step["time/rollout"] for step in steps[1:]],
            "peak_gb": max(step["memory/peak_bytes"] for step in steps) / 1e9, "command": in_words(command)}


def trl_run(options):
    command = [sys.executable, "scripts/compare/trl_step.py", "--dtype", "bfloat16", "--steps", str(options.steps),
               "--problems", str(options.problems), "--group-size", str(options.group_size),
               "--new-tokens", str(options.new_tokens), "--data", str(options.data)]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^ +\d+ +([\d.]+) +([\d.]+) +[\d.]+$", text, re.MULTILINE)[1:]
    return {"step": [float(step) for step, _ in rows], "rollout": [float(generate) for _, generate in rows],
            "peak_gb": float(re.search(r"peak memory: ([\d.]+)", text)[1]), "command": in_words(command)}


def spread(values):
    return f"{statistics.median(values):.1f} s ({min(values):.1f} to {max(values):.1f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--problems", type=int, default=4)
    parser.add_argument("--group-size", type=int, default=8)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--micro-batch-tokens", type=int, default=2048)
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    options.data = options.data.resolve()
    runs = {"cohort": [], "trl": []}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            runs["cohort"].append(cohort_run(options, folder))
        runs["trl"].append(trl_run(options))

    steps = {name: [s for run in of_one for s in run["step"]] for name, of_one in runs.items()}
    peaks = {name: max(run["peak_gb"] for run in of_one) for name, of_one in runs.items()}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    machine = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    result = {"commit": commit, "machine": machine, "command": in_words([""] + sys.argv), "runs": runs}
    (ROOT / "benchmarks/results").mkdir(exist_ok=True)
    (ROOT / "benchmarks/results/grpo_step.json").write_text(json.dumps(result, indent=1) + "\n")
    shape = f"{options.problems} x {options.group_size} x {options.new_tokens}"
    ratio = statistics.median(steps["trl"]) / statistics.median(steps["cohort"])
    print(f"| {shape} | {spread(steps['cohort'])} | {spread(steps['trl'])} | {ratio:.1f} | "
          f"{peaks['cohort']:.1f} GB | {peaks['trl']:.1f} GB |")


main()
