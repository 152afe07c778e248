#!/usr/bin/env python3
"""Tokens a second of reading and decoding, beside llama.cpp with the same weights, in turns.

    ./scripts/compare/build_llama_cpp                                            # once
    build/release/cohort export --model models/SmolLM2-135M-Instruct.Q4_1.gguf \\
        --out models/SmolLM2-135M-Instruct.BF16.gguf --dtype bfloat16            # once
    python3 benchmarks/decode.py [--rounds 5] [--batch 1,8,32]

Each sequence has a prompt of random tokens of its own and gets --new tokens, all sequences in step. cohort draws each
token from the whole distribution and records its log-probability; llama.cpp computes the logits and is fed random tokens
(scripts/compare/llama_cpp.cpp). Reading is timed with one sequence of --prefill tokens. Both do all of it once before it
counts. The ratio is between the best of
all rounds. In eight bits: --precision int8 --peer-model FILE, which `llama_cpp quantize` makes, and --result.
"""

import argparse

import measure


def cohort_rates(options, batch, prompt, new):
    return measure.run_json([f"{options.build}/benchmark_decode", "--model", options.model, "--dtype", options.dtype,
                             "--batch", batch, "--prompt", prompt, "--new", new, "--threads", options.threads,
                             "--precision", options.precision])


def llama_rates(options, batch, prompt, new):
    return measure.llama_cpp_rates(options.llama, options.peer_model, options.threads, batch, prompt, new, options.flash)


def both(options, rates):
    """{what was measured: tokens a second} of one program."""
    reading = rates(options, 1, options.prefill, 1)[0]["prefill_tokens_per_second"]
    decoding = rates(options, options.batch, options.prompt, options.new)
    return {f"read {options.prefill} tokens": reading,
            **{f"decode, {row['batch']} at once": row["decode_tokens_per_second"] for row in decoding}}


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=5)
    parser.add_argument("--model", default=measure.MODEL)
    parser.add_argument("--dtype", default="bfloat16", help="of cohort's weights")
    parser.add_argument("--precision", choices=("exact", "int8"), default="exact", help="of cohort's rollout")
    parser.add_argument("--peer-model", default=measure.MODEL, help="the .gguf file that llama.cpp reads")
    parser.add_argument("--llama", default=measure.LLAMA_CPP)
    parser.add_argument("--flash", choices=("auto", "on", "off"), default="auto", help="attention of llama.cpp")
    parser.add_argument("--batch", default="1,8,32")
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=128)
    parser.add_argument("--prefill", type=int, default=512)
    options = parser.parse_args()
    for model in (options.model, options.peer_model):
        measure.require(model, "`cohort export` and `llama_cpp quantize` make it")
    measure.require(options.llama, "scripts/compare/build_llama_cpp makes it")

    report = measure.Report(options)
    runs = measure.in_turns({"cohort": lambda: both(options, cohort_rates),
                             "llama.cpp": lambda: both(options, llama_rates)}, options.rounds)
    rows = []
    for what in runs["cohort"][0]:
        ours, theirs = ([one[what] for one in of_one] for of_one in runs.values())
        rows.append([what, measure.spread(ours), measure.spread(theirs), f"{max(ours) / max(theirs):.2f}"])
    ours = f"cohort, {options.dtype}" + (", int8" if options.precision == "int8" else "")
    theirs = f"llama.cpp, {options.peer_model.split('.')[-2]}"
    report.write(["tokens/s", ours, theirs, "ratio"], rows,
                 peer=measure.llama_cpp_version(options.llama), runs=runs)


main()
