#!/usr/bin/env python3
"""Tokens a second of training, beside LibTorch's autograd of the same model from Python, in turns.

    python3 benchmarks/train.py [--rounds 3] [--sequence 512] [--tokens 4096] [--steps 3]

Cross-entropy of all tokens, forward, backward and AdamW. The peer is transformers' LlamaForCausalLM on torch, eager, in
each of --peers (dtype and attention); it trains weights of its dtype, cohort float32 masters of its own. The first step
of a run does not count. How the share of the ceiling is counted says benchmarks/train.cpp.
"""

import argparse

import measure


def cohort_run(options):
    return measure.run_json([f"{options.build}/benchmark_train", "--model", options.model, "--dtype", options.dtype,
                             "--sequence", options.sequence, "--tokens", options.tokens, "--steps", options.steps,
                             "--micro-batch-tokens", options.micro_batch_tokens, "--threads", options.threads])


def torch_run(options, peer):
    dtype, attention = peer.split("/")
    return measure.run_json([".oracle/bin/python", "scripts/compare/train_step.py", "--model", options.peer_model,
                             "--dtype", dtype, "--attention", attention, "--sequence", options.sequence, "--tokens",
                             options.tokens, "--steps", options.steps, "--threads", options.threads])


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=3)
    parser.add_argument("--model", default=measure.MODEL)
    parser.add_argument("--peer-model", default="models/SmolLM2-135M-Instruct", help="a Hugging Face directory")
    parser.add_argument("--dtype", default="bfloat16", help="of cohort's weights")
    parser.add_argument("--peers", default="bfloat16/sdpa,bfloat16/eager,float32/sdpa,float32/eager")
    parser.add_argument("--sequence", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=4096, help="of a step")
    parser.add_argument("--steps", type=int, default=3, help="that count, of each run")
    parser.add_argument("--micro-batch-tokens", type=int, default=4096)
    options = parser.parse_args()
    for model in (options.model, options.peer_model):
        measure.require(model, "cohort export makes it")

    report = measure.Report(options)
    programs = {f"cohort, {options.dtype}": lambda: cohort_run(options)}
    for peer in options.peers.split(","):
        programs[f"torch, {peer}"] = lambda peer=peer: torch_run(options, peer)
    runs = measure.in_turns(programs, options.rounds)

    rates = {name: [step["tokens_per_second"] for one in of_one for step in one["steps"]]
             for name, of_one in runs.items()}
    fastest = max((name for name in rates if name.startswith("torch")), key=lambda name: max(rates[name]))
    ours = next(iter(rates))
    operations = runs[ours][0]["operations_per_token"]
    ceiling = max(one["ceiling_gflops"] for one in runs[ours])
    rows = [[name, measure.spread(values), f"{max(values) * operations / ceiling / 1e7:.0f} %",
             f"{max(rates[ours]) / max(values):.2f}"] for name, values in rates.items()]
    report.write([f"{options.tokens} tokens in sequences of {options.sequence}", "tokens/s", "of the ceiling",
                  "cohort beside it"], rows, ceiling_gflops=ceiling, fastest_peer=fastest, runs=runs)


main()
