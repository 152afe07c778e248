#!/usr/bin/env python3
"""Time from a command to its first token, files in memory: cohort beside llama.cpp and transformers, in turns.

    python3 benchmarks/startup.py [--rounds 10] [--also build/cpu]

The same weights in bfloat16, one greedy token after a short prompt. "First token" is the first byte on standard output,
"to the end" is until the program is gone. The first round warms up and does not count.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

import measure

PROMPT = "The capital of France is"


def timed(command):
    start = time.perf_counter()
    program = subprocess.Popen([str(word) for word in command], cwd=measure.ROOT, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    text = os.read(program.stdout.fileno(), 1)
    first = time.perf_counter() - start
    text += program.stdout.read()
    program.wait()
    if program.returncode or not text.strip():
        sys.exit(f"{measure.in_words(command)}: exit code {program.returncode}, wrote {text!r}")
    return {"first_token": first, "end": time.perf_counter() - start, "text": text.decode()}


def first_token(build, options):
    return [f"{build}/cohort", "generate", "--model", options.model, "--dtype", options.dtype, "--prompt", PROMPT,
            "--max-new-tokens", 1, "--temperature", 0, "--threads", options.threads, "--quiet"]


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=10)
    parser.add_argument("--model", default=measure.MODEL)
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--peer-model", default="models/SmolLM2-135M-Instruct", help="a Hugging Face directory")
    parser.add_argument("--llama", default=measure.LLAMA_CPP)
    parser.add_argument("--also", nargs="*", default=[], metavar="BUILD", help="folders of other builds of cohort")
    options = parser.parse_args()
    for model in (options.model, options.peer_model):
        measure.require(model, "cohort export makes it")
    measure.require(options.llama, "scripts/compare/build_llama_cpp makes it")
    report = measure.Report(options)
    commands = {
        "cohort": first_token(options.build, options),
        **{f"cohort of {build}": first_token(build, options) for build in options.also},
        "llama.cpp": [options.llama, "first", options.model, options.threads, PROMPT],
        "transformers": [".oracle/bin/python", "scripts/compare/first_token.py", "--model", options.peer_model, "--prompt",
                         PROMPT, "--dtype", options.dtype, "--threads", options.threads],
    }
    runs = measure.in_turns({name: lambda command=command: timed(command) for name, command in commands.items()},
                            options.rounds + 1)
    runs = {name: of_one[1:] for name, of_one in runs.items()}
    medians = {name: statistics.median(one["first_token"] for one in of_one) for name, of_one in runs.items()}
    rows = [[name, measure.spread([one["first_token"] for one in of_one], 2, "s"),
             measure.spread([one["end"] for one in of_one], 2, "s"), f"{medians[name] / medians['cohort']:.1f}"]
            for name, of_one in runs.items()]
    report.write(["program", "first token", "to the end", "cohort beside it"], rows,
                 peer=measure.llama_cpp_version(options.llama), runs=runs)


main()
