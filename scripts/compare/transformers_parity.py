#!/usr/bin/env python3
"""Is cohort's SmolLM2 transformers' SmolLM2? Prints figures; exits with 1 on any miss.

    .oracle/bin/python scripts/compare/transformers_parity.py [--model GGUF_OR_DIRECTORY] [--cohort PROGRAM]
                                                              [--only export,greedy,logprobs,tokenize] [--prepare]

The reference of a GGUF file is made from it directly (reference.py), that of a directory by transformers itself.
--prepare only computes and keeps what the reference gives. tests/golden/README.md says how to make .oracle.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

import texts
from reference import DEFAULT_GGUF, ROOT, cached, greedy, load_model, load_tokenizer, logprobs

NEW_TOKENS = 64
MIN_MARGIN = 1e-3  # of a reference token over the second best
LOGIT_TOLERANCE = 1e-5
LOGPROB_TOLERANCE = 1e-4

CHATS = [
    "What is the capital of France?", "What is 17 + 25?", "Write a haiku about the sea.", "Who wrote Romeo and Juliet?",
    "Explain gravity to a child in one sentence.", "Translate 'good morning' into Spanish.",
    "List three animals that can fly.", "Is 91 a prime number? Explain.", "What does the Python keyword yield do?",
    "Tom has 3 apples and buys 4 more. How many apples does he have?", "Why is the sky blue?", "Qu'est-ce que la photosynthèse ?",
    "Give me a recipe for pancakes.", "Name the planets of the solar system.", "What is the opposite of 'hot'?",
]
PROMPTS = [
    "Once upon a time", "The three primary colours are", "def fibonacci(n):\n", "In 1969, astronauts", "The chemical formula of water is",
    "2, 4, 6, 8,", "Dear Sir or Madam,\n\n", "#include <stdio.h>\n\nint main() {\n", "The quick brown fox", "import numpy as np\n",
]


class Report:
    def __init__(self):
        self.misses = 0

    def line(self, ok, what, detail=""):
        self.misses += not ok
        print(f"{'ok  ' if ok else 'MISS'}  {what}{'  ' + detail if detail else ''}", flush=True)


class Cohort:
    def __init__(self, program, model):
        self.program, self.model = program, model

    def run(self, command, *options, lines=None, dtype="float32"):
        arguments = [str(self.program), command, "--model", str(self.model), *options]
        if command != "tokenize":
            arguments += ["--dtype", dtype]
        text = None if lines is None else "".join(json.dumps(line) + "\n" for line in lines)
        start = time.time()
        done = subprocess.run(arguments, input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stderr[-2000:]}")
        self.seconds = time.time() - start
        out = [json.loads(line) for line in done.stdout.split("\n") if line]
        if lines is not None and len(out) != len(lines):
            raise SystemExit(f"{' '.join(arguments)}: {len(lines)} lines in, {len(out)} out")
        return out


class Reference:
    """What transformers says. Models are loaded when they are first needed; slow results are kept."""

    def __init__(self, path):
        self.path = path
        self.is_gguf = path.suffix == ".gguf"
        self.weights_file = path if self.is_gguf else next(iter(sorted(path.glob("*.safetensors"))))
        self.tokenizer = load_tokenizer(path) if self.is_gguf else AutoTokenizer.from_pretrained(path)
        self._model = None

    @property
    def model(self):
        if self._model is None:
            self._model = load_model(self.path) if self.is_gguf else AutoModelForCausalLM.from_pretrained(
                self.path, dtype=torch.float32, attn_implementation="eager").eval()
        return self._model

    def encode(self, text):
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def chat(self, content):
        messages = content if isinstance(content, list) else [{"role": "user", "content": content}]
        text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return {"messages": messages, "text": text, "tokens": self.encode(text)}

    def prompts(self):
        return [self.chat(c)["tokens"] for c in CHATS] + [self.encode(p) for p in PROMPTS]

    def greedy(self):
        golden = [cached(self.weights_file, "greedy", [p, NEW_TOKENS, transformers.__version__],
                         lambda: greedy(self.model, p, NEW_TOKENS)) for p in self.prompts()]
        for prompt, result in zip(self.prompts(), golden):
            if min(result["margins"]) < MIN_MARGIN:  # which token wins is then a matter of rounding
                raise SystemExit(f"choose another prompt than {self.tokenizer.decode(prompt)!r}: "
                                 f"margin {min(result['margins'])}")
        return golden

    def scored_sequences(self):
        """Prompts with their greedy continuation, texts of many kinds, and one that is long."""
        sequences = [p + g["tokens"] for p, g in zip(self.prompts(), self.greedy())]
        sequences += [ids for t in texts.LANGUAGES + texts.CODE[:8] if len(ids := self.encode(t)) > 1]
        sequences.append((self.encode("\n".join(texts.LANGUAGES + texts.CODE + texts.LATEX)))[:1200])
        return sequences

    def logprobs(self):
        sequences = self.scored_sequences()
        return sequences, [cached(self.weights_file, "logprobs", [s, transformers.__version__],
                                  lambda: logprobs(self.model, s)) for s in sequences]

    def texts(self):
        special = self.tokenizer.all_special_tokens + list(self.tokenizer.get_added_vocab())
        return [t for t in texts.fixed() + texts.fuzz(400) if not any(s in t for s in special)]


def check_export(report, cohort, reference):
    with tempfile.TemporaryDirectory(dir=ROOT / ".oracle") as folder:
        for dtype in ("float32", "bfloat16"):
            out = Path(folder) / dtype
            cohort.run("export", "--out", str(out), dtype=dtype)
            files = sorted(f.name for f in out.iterdir())
            model, info = AutoModelForCausalLM.from_pretrained(out, dtype="auto", attn_implementation="eager",
                                                               output_loading_info=True)
            model.eval()
            bad = {k: v for k, v in info.items() if v and k in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")}
            report.line(not bad, f"export {dtype}: no missing or unexpected keys", f"{bad or ''} files {' '.join(files)}")
            kind = getattr(torch, dtype)
            report.line(model.dtype == kind, f"export {dtype}: config.json says {model.dtype}")

            ours, theirs = dict(model.named_parameters()), dict(reference.model.named_parameters())
            equal = sum(torch.equal(ours[n], w.to(kind)) for n, w in theirs.items() if n in ours)
            report.line(equal == len(theirs) == len(ours), f"export {dtype}: {equal} of {len(theirs)} tensors equal to the bit")
            if dtype == "float32":
                worst = 0.0
                with torch.no_grad():
                    for prompt in reference.prompts()[::3]:
                        ids = torch.tensor([prompt])
                        difference = model(ids).logits - reference.model(ids).logits
                        worst = max(worst, difference.abs().max().item())
                report.line(worst <= LOGIT_TOLERANCE, f"export {dtype}: largest difference of logits {worst:.2e}")

            tokenizer = AutoTokenizer.from_pretrained(out)
            strings = reference.texts()
            equal = sum(tokenizer(t, add_special_tokens=False).input_ids == reference.encode(t) for t in strings)
            report.line(equal == len(strings), f"export {dtype}: AutoTokenizer encodes {equal} of {len(strings)} texts equally")
            chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
            rendered = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
            report.line(rendered == reference.chat(chat)["text"], f"export {dtype}: chat template")
            stop = tokenizer.eos_token_id, reference.tokenizer.eos_token_id
            report.line(stop[0] == stop[1], f"export {dtype}: end-of-text token {stop[0]}", f"expected {stop[1]}")


def check_greedy(report, cohort, reference):
    golden, prompts = reference.greedy(), reference.prompts()
    out = cohort.run("generate", "--temperature", "0", "--max-new-tokens", str(NEW_TOKENS), "--ignore-eos",
                     lines=[{"tokens": p} for p in prompts])
    equal = 0
    for prompt, line, expected in zip(prompts, out, golden):
        tokens = line["completions"][0]["tokens"]
        assert line["prompt_tokens"] == prompt, "generate: prompt_tokens are not those given"
        if tokens == expected["tokens"]:
            equal += 1
        else:
            at = next((i for i, (a, b) in enumerate(zip(tokens, expected["tokens"])) if a != b), len(tokens))
            print(f"      {reference.tokenizer.decode(prompt)[-40:]!r}: first difference at token {at} of {len(tokens)}, "
                  f"margin {expected['margins'][at] if at < NEW_TOKENS else 0:.5f}")
    margin = min(min(g["margins"]) for g in golden)
    report.line(equal == len(prompts), f"greedy: {equal} of {len(prompts)} prompts give the same {NEW_TOKENS} tokens",
                f"smallest margin {margin:.5f}; {cohort.seconds:.1f} s")

    chats = [reference.chat(c) for c in CHATS]
    out = cohort.run("generate", "--temperature", "0", "--max-new-tokens", str(NEW_TOKENS), "--ignore-eos",
                     lines=[{"messages": c["messages"]} for c in chats])
    equal = sum(line["completions"][0]["tokens"] == g["tokens"] for line, g in zip(out, golden))
    report.line(equal == len(chats), f"greedy: {equal} of {len(chats)} chats given as messages")


def check_logprobs(report, cohort, reference):
    sequences, golden = reference.logprobs()
    out = cohort.run("logprobs", lines=[{"tokens": s} for s in sequences])
    worst, count = 0.0, 0
    for line, tokens, expected in zip(out, sequences, golden):
        assert line["tokens"] == tokens and line["logprobs"][0] is None and len(line["logprobs"]) == len(tokens)
        worst = max([worst] + [abs(a - b) for a, b in zip(line["logprobs"][1:], expected)])
        count += len(expected)
    report.line(worst <= LOGPROB_TOLERANCE, f"logprobs float32: largest difference {worst:.2e} over {count} tokens",
                f"longest sequence {max(map(len, sequences))}; {cohort.seconds:.1f} s")

    out = cohort.run("logprobs", lines=[{"tokens": s} for s in sequences], dtype="bfloat16")
    differences = [abs(a - b) for line, expected in zip(out, golden) for a, b in zip(line["logprobs"][1:], expected)]
    mean = sum(differences) / len(differences)
    report.line(mean < 0.05, f"logprobs bfloat16: mean difference {mean:.4f}, largest {max(differences):.3f}",
                f"{cohort.seconds:.1f} s")


def check_tokenize(report, cohort, reference):
    strings = reference.texts()
    golden = [reference.encode(t) for t in strings]
    out = cohort.run("tokenize", lines=[{"text": t} for t in strings])
    equal = sum(line["tokens"] == ids for line, ids in zip(out, golden))
    for text, line, ids in [x for x in zip(strings, out, golden) if x[1]["tokens"] != x[2]][:5]:
        print(f"      {text[:60]!r}: {line['tokens'][:20]}, expected {ids[:20]}")
    report.line(equal == len(strings), f"tokenize: {equal} of {len(strings)} texts equal", f"{cohort.seconds:.1f} s")

    conversations = [c for c in CHATS] + [
        [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": "Hello!"}],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": " spaces \n"}],
        [{"role": "user", "content": ""}], [{"role": "user", "content": "emoji 🙂 and {{ braces }} {% x %}"}],
    ]
    chats = [reference.chat(c) for c in conversations]
    out = cohort.run("tokenize", lines=[{"messages": c["messages"]} for c in chats])
    equal = sum(line["tokens"] == c["tokens"] and line["text"] == c["text"] for line, c in zip(out, chats))
    report.line(equal == len(chats), f"tokenize: {equal} of {len(chats)} conversations equal, text and ids")

    source = random.Random(3)
    plain = sorted(set(range(len(reference.tokenizer))) - set(reference.tokenizer.all_special_ids)
                   - set(reference.tokenizer.get_added_vocab().values()))
    ids = [g for g in golden if g] + [source.choices(plain, k=source.randrange(1, 30)) for _ in range(300)]
    out = cohort.run("tokenize", lines=[{"tokens": g} for g in ids])
    expected = [reference.tokenizer.decode(g, clean_up_tokenization_spaces=False) for g in ids]
    equal = sum(line["text"] == text for line, text in zip(out, expected))
    for line, text in [x for x in zip(out, expected) if x[0]["text"] != x[1]][:5]:
        print(f"      {line['text'][:60]!r}, expected {text[:60]!r}")
    report.line(equal == len(ids), f"tokenize: {equal} of {len(ids)} token lists decode equally")


CHECKS = {"tokenize": check_tokenize, "logprobs": check_logprobs, "greedy": check_greedy, "export": check_export}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, default=DEFAULT_GGUF)
    parser.add_argument("--cohort", type=Path, default=ROOT / "build" / "release" / "cohort")
    parser.add_argument("--only", default=",".join(CHECKS))
    parser.add_argument("--prepare", action="store_true")
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {options.model}")

    reference = Reference(options.model)
    if options.prepare:
        start = time.time()
        golden = reference.greedy()
        print(f"greedy: {len(golden)} prompts, smallest margin {min(min(g['margins']) for g in golden):.5f}, {time.time() - start:.0f} s")
        for prompt, line in zip(reference.prompts()[:2], golden):
            print(f"  {reference.tokenizer.decode(prompt)!r} -> {reference.tokenizer.decode(line['tokens'])!r}")
        sequences, _ = reference.logprobs()
        print(f"logprobs: {len(sequences)} sequences, {time.time() - start:.0f} s; texts: {len(reference.texts())}")
        return

    report = Report()
    cohort = Cohort(options.cohort, options.model)
    for name in options.only.split(","):
        CHECKS[name](report, cohort, reference)
    print(f"{report.misses} missed" if report.misses else "all equal")
    sys.exit(1 if report.misses else 0)


main()
