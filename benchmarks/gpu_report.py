#!/usr/bin/env python3
"""Makes benchmarks/results/gpu.json and a table of what the parts of gpu.sh left in a folder.

    python3 benchmarks/gpu_report.py FOLDER [--out benchmarks/results/gpu.json]

FOLDER/parts has a line for each part: name, state, seconds, command, with tabs between; FOLDER/NAME.out what it printed.
The last line of a benchmark's output is its JSON.
"""

import argparse
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def output_of(command):
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def measured(text):
    """The JSON that a program printed last, if it did."""
    lines = text.strip().splitlines()
    if lines and lines[-1].startswith("{"):
        return json.loads(lines[-1])
    return None


def spread(value, digits=0):
    return f"{value['median']:,.{digits}f} ({value['least']:,.{digits}f} to {value['most']:,.{digits}f})"


def share(row):
    return f"{100 * row['share_of_ceiling']:.0f} %" if "share_of_ceiling" in row else ""


def lines_of(name, result):
    """Rows of the table: part, what, figure, share of the ceiling."""
    for row in result.get("rows", []):
        if "microseconds" in row:
            rate = f"{row['gb_per_second']:,.0f} GB/s" if "gb_per_second" in row else f"{row['tflops']:,.0f} TFLOP/s"
            yield [name, f"{row['op']}, {row['shape']}", f"{spread(row['microseconds'], 1)} us, {rate}", share(row)]
        elif "step_seconds" in row:
            what = f"{row['problems']} x {row['group_size']} x ({row['prompt']} + {row['new']})"
            figure = f"{spread(row['step_seconds'], 2)} s, rollout {row['rollout_seconds']['median']:.2f} s"
            if "logp_difference_max" in row:
                figure += f", largest difference of log-probabilities {row['logp_difference_max']:g}"
            if "device_peak_bytes" in result:
                figure += f", {result['device_peak_bytes'] / 1e9:.1f} GB"
            yield [name, what, figure, ""]
        else:
            what = f"batch {row['batch']}" if "batch" in row else f"{row['tokens']} tokens in {row['sequence']}s"
            yield [name, what, f"{spread(row['tokens_per_second'])} tokens/s", share(row)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/gpu.json")
    options = parser.parse_args()
    parts, rows = [], []
    for line in (options.folder / "parts").read_text().splitlines():
        name, state, seconds, command = line.split("\t")
        part = {"name": name, "state": state, "seconds": int(seconds), "command": command}
        printed = options.folder / f"{name}.out"
        result = measured(printed.read_text()) if state == "passed" and printed.exists() else None
        if result:
            part["result"] = result
            rows += lines_of(name, result)
        else:
            rows.append([name, command, state, ""])
        parts.append(part)
    gpu = output_of(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"])
    commit = output_of(["git", "describe", "--always", "--dirty", "--exclude=*"])
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps({"commit": commit, "device": gpu, "parts": parts}, indent=1) + "\n")
    print(f"`benchmarks/gpu.sh`, {gpu}, commit {commit}\n")
    for row in [["part", "what", "measured", "of the ceiling"], ["---"] * 4, *rows]:
        print("| " + " | ".join(row) + " |")


main()
