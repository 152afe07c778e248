#!/usr/bin/env python3
"""Memory of the head and the loss, forward and backward, at several numbers of tokens. See head_memory.cpp.

    python3 benchmarks/head_memory.py [--rows 1024,4096,16384]
"""

import argparse

import measure


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=1)
    parser.add_argument("--rows", default="1024,4096,16384")
    parser.add_argument("--dtype", default="bfloat16")
    options = parser.parse_args()
    report = measure.Report(options)
    runs = [measure.run_json([f"{options.build}/benchmark_head_memory", "--rows", rows, "--dtype", options.dtype,
                              "--threads", options.threads]) for rows in options.rows.split(",")]
    rows = [[f"{run['rows']:,}", f"{run['bytes'] / 1e6:,.0f} MB", f"{run['bytes_of_logits'] / 1e6:,.0f} MB"] for run in runs]
    report.write(["tokens", "head and loss", "logits alone would be"], rows, runs=runs)


main()
