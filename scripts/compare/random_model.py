#!/usr/bin/env python3
"""A Hugging Face directory with random weights of a known shape, whose tokenizer knows characters, for speed alone.

    python3 scripts/compare/random_model.py --shape qwen2.5-0.5b --out DIR [--prompts FILE --count 128 --length 256]

The tokenizer's vocabulary is small; the embedding has as many rows as the shape says. Prompts are lines of random letters.
"""

import argparse
import json
import random
import string
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

SHAPES = {
    "qwen2.5-0.5b": dict(num_hidden_layers=24, hidden_size=896, num_attention_heads=14, num_key_value_heads=2,
                         intermediate_size=4864),
    "qwen2.5-1.5b": dict(num_hidden_layers=28, hidden_size=1536, num_attention_heads=12, num_key_value_heads=2,
                         intermediate_size=8960),
    "tiny": dict(num_hidden_layers=2, hidden_size=64, num_attention_heads=4, num_key_value_heads=2,
                 intermediate_size=128, vocab_size=512),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=SHAPES, default="qwen2.5-0.5b")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--count", type=int, default=128)
    parser.add_argument("--length", type=int, default=256)
    options = parser.parse_args()

    torch.manual_seed(0)
    sizes = dict(vocab_size=151936, max_position_embeddings=4096, tie_word_embeddings=True, bos_token_id=None,
                 eos_token_id=1, pad_token_id=0)
    config = Qwen2Config(**(sizes | SHAPES[options.shape]))
    AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(options.out)
    vocabulary = {word: i for i, word in enumerate(["<pad>", "<eos>", *string.ascii_letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>").save_pretrained(options.out)
    if options.prompts:
        letters = random.Random(1)
        with options.prompts.open("w") as out:
            for _ in range(options.count):
                prompt = "".join(letters.choices(string.ascii_lowercase, k=options.length))
                out.write(json.dumps({"prompt": prompt}) + "\n")


main()
