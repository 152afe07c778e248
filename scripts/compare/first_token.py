#!/usr/bin/env python3
"""One greedy token of transformers, with as few imports as that takes: what benchmarks/startup.py times."""

import argparse

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--prompt", required=True)
parser.add_argument("--dtype", default="bfloat16")
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
torch.set_num_threads(options.threads)
tokenizer = AutoTokenizer.from_pretrained(options.model)
model = AutoModelForCausalLM.from_pretrained(options.model, dtype=getattr(torch, options.dtype))
with torch.inference_mode():
    logits = model(**tokenizer(options.prompt, return_tensors="pt"), use_cache=False, logits_to_keep=1).logits
print(tokenizer.decode(logits[0, -1].argmax()), flush=True)
