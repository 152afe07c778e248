#!/usr/bin/env python3
"""Decoding while other programs want the processors too, in turns with decoding alone.

    python3 benchmarks/competition.py [--rounds 5] [--busy 2] [--batch 16] [--llama .oracle/llama.cpp/llama_cpp]

--busy programs count in a loop, at the same priority. Of P processors, a program of T threads has a fair share of
min(1, P / (T + busy)) of what it has alone where T is P. The last column is the rate beside that share. llama.cpp runs
beside it if --llama is given.
"""

import argparse
import contextlib
import os
import subprocess
import sys

import measure


# Counts until the program that started it is gone, however that ended.
BUSY = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1000000):
        pass
"""


@contextlib.contextmanager
def busy_programs(count):
    programs = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def cohort_rate(options):
    rows = measure.run_json([f"{options.build}/benchmark_decode", "--model", options.model, "--dtype", options.dtype,
                             "--batch", options.batch, "--threads", options.threads])
    return rows[0]["decode_tokens_per_second"]


def llama_rate(options):
    rows = measure.llama_cpp_rates(options.llama, options.model, options.threads, options.batch, 128, 128)
    return rows[0]["decode_tokens_per_second"]


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=5)
    parser.add_argument("--model", default=measure.MODEL)
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--llama", help="the program that scripts/compare/build_llama_cpp makes")
    options = parser.parse_args()
    report = measure.Report(options)

    def among_busy(rate):
        with busy_programs(options.busy):
            return rate(options)

    peers = {"cohort": cohort_rate} | ({"llama.cpp": llama_rate} if options.llama else {})
    programs = {}
    for name, rate in peers.items():
        programs[name] = lambda rate=rate: rate(options)
        programs[f"{name}, busy"] = lambda rate=rate: among_busy(rate)
    runs = measure.in_turns(programs, options.rounds)
    fair = min(1, os.cpu_count() / (options.threads + options.busy))
    rows = []
    for name in peers:
        alone, among = runs[name], runs[f"{name}, busy"]
        shares = [with_others / (fair * without) for without, with_others in zip(alone, among)]
        rows.append([name, measure.spread(alone), measure.spread(among),
                     f"{measure.spread([100 * share for share in shares])} %"])
    report.write([f"tokens/s, {options.batch} at once", "alone", f"beside {options.busy} busy programs", "of the fair share"],
                 rows, fair_share=fair, runs=runs)


main()
