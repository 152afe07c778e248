#!/usr/bin/env python3
"""Tokens a second of LibTorch's autograd on a Hugging Face directory, as JSON: cross-entropy, backward, AdamW.

    .oracle/bin/python scripts/compare/train_step.py --model DIRECTORY --dtype bfloat16 --attention sdpa

Random tokens in sequences of one length, all of a step in one batch; the first step does not count.
"""

import argparse
import json
import os
import resource
import time

import torch
import transformers
from transformers import AutoModelForCausalLM


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--attention", choices=("eager", "sdpa"), default="sdpa")
    parser.add_argument("--sequence", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=4096)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()

    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=getattr(torch, options.dtype),
                                                 attn_implementation=options.attention).train()
    assert next(model.parameters()).dtype == getattr(torch, options.dtype)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.0)
    ids = torch.randint(model.config.vocab_size, (options.tokens // options.sequence, options.sequence))
    steps = []
    for _ in range(options.steps + 1):
        start = time.perf_counter()
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        forward = time.perf_counter()
        loss.backward()
        backward = time.perf_counter()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        end = time.perf_counter()
        steps.append({"tokens_per_second": ids.numel() / (end - start), "forward": forward - start,
                      "backward": backward - forward, "optimizer": end - backward, "loss": loss.item()})
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__, "steps": steps[1:],
                      "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


main()
