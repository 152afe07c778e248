#!/usr/bin/env python3
"""Bits of recorded and recomputed log-probabilities over a million tokens, in settings drawn at random.

    build/release/cohort export --model models/SmolLM2-135M-Instruct.Q4_1.gguf \\
        --out models/SmolLM2-135M-Instruct.BF16.gguf --dtype bfloat16            # once
    python3 benchmarks/exactness.py [--stories data/stories260K] [--tokens 1000000]

What a trial is says benchmarks/exactness.cpp. Nearly all of the tokens are those of stories260K (karpathy/tinyllamas:
stories260K.bin and tok512.bin), read by scripts/convert_llama2c; --large-tokens are of SmolLM2.
"""

import argparse
import sys
import tempfile

import measure


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=1)
    parser.add_argument("--stories", default="data/stories260K", help="folder of stories260K.bin and tok512.bin")
    parser.add_argument("--model", default=measure.MODEL)
    parser.add_argument("--tokens", type=int, default=1_000_000)
    parser.add_argument("--large-tokens", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report = measure.Report(options)
    program = f"{options.build}/benchmark_exactness"
    with tempfile.TemporaryDirectory() as folder:
        measure.run([sys.executable, "scripts/convert_llama2c", f"{options.stories}/stories260K.bin",
                     f"{options.stories}/tok512.bin", folder])
        runs = {"stories260K": measure.run_json([program, "--model", folder, "--tokens", options.tokens, "--seed",
                                                 options.seed])}
    if options.large_tokens:
        runs["SmolLM2-135M"] = measure.run_json([program, "--model", options.model, "--tokens", options.large_tokens,
                                                 "--max-prompt", 100, "--max-new", 40, "--seed", options.seed, "--bodies",
                                                 "best"])
    rows = [[name, f"{run['trials']:,}", f"{run['tokens']:,}", f"{run['different']:,}", f"{run['seconds']:.0f} s"]
            for name, run in runs.items()]
    report.write(["model", "trials", "tokens compared", "differing", "time"], rows, runs=runs)


main()
