#!/usr/bin/env python3
"""What a group saves by sharing its prompt, beside what it should save. How it is measured says shared_prefix.cpp.

    python3 benchmarks/shared_prefix.py [--prompt 512] [--group-size 16] [--new 64]
"""

import argparse

import measure


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=3)
    parser.add_argument("--model", default=measure.MODEL)
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--group-size", type=int, default=16)
    parser.add_argument("--new", type=int, default=64)
    options = parser.parse_args()
    report = measure.Report(options)
    run = measure.run_json([f"{options.build}/benchmark_shared_prefix", "--model", options.model, "--dtype", options.dtype,
                            "--prompt", options.prompt, "--group-size", options.group_size, "--new", options.new,
                            "--rounds", options.rounds, "--threads", options.threads])
    rows = []
    for what, key, unit, scale, expected in (
            ("reading the prompts", "prefill", "s", 1, run["expected_prefill"]),
            ("memory of keys and values", "cache_bytes", "MB", 1e-6, run["expected_tokens"]),
            ("log-probabilities and gradients", "update", "s", 1, run["expected_tokens"])):
        shared, apart = (run[name][key] * scale for name in ("shared", "apart"))
        rows.append([what, f"{shared:.2f} {unit}", f"{apart:.2f} {unit}", f"{shared / apart:.3f}", f"{expected:.3f}"])
    report.write([f"{options.group_size} × ({options.prompt} + {options.new})", "shared", "apart", "ratio",
                  "ratio of tokens"], rows, runs=run)


main()
