#!/usr/bin/env python3
"""How long a GRPO step of TRL takes on this machine: SmolLM2 on GSM8K, 4 problems x 8 completions x 128 new tokens.

    .oracle/bin/pip install trl==1.16.0
    .oracle/bin/python scripts/compare/trl_step.py --dtype bfloat16 [--steps 3] [--threads N]

End-of-text is forbidden, so that every completion has its 128 tokens and a step is the same work for everyone. Weights
are those of a GGUF file, dequantised (reference.py), or of a Hugging Face directory. Lines of the data are GSM8K's, asked
in a chat, or have a "prompt" to continue. The first step warms up; the table says each, and the median of the others. The
same step of cohort: group_size = 8, problems_per_step = 4, max_new_tokens = 128, ignore_eos = true.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import tempfile
import time
from pathlib import Path

import torch
import transformers
import trl
from datasets import Dataset
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from reference import DEFAULT_GGUF, ROOT, load_model, load_tokenizer


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def hugging_face_directory(source, folder, dtype):
    """Where TRL reads the model: `source` itself if it is such a directory, else `folder`."""
    if source.is_dir():
        return str(source)
    load_model(source).to(dtype).save_pretrained(folder)
    load_tokenizer(source).save_pretrained(folder)
    return folder


def read_prompts(path, count):
    rows = [json.loads(line) for _, line in zip(range(count), path.open())]
    return [row["prompt"] if "prompt" in row else [{"role": "user", "content": row["question"]}] for row in rows]


def distinct_characters(completions, **_):
    """Some reward that differs within a group, so that there is a gradient."""
    return [float(len(set(c if isinstance(c, str) else c[0]["content"]))) for c in completions]


class Clock(TrainerCallback):
    def __init__(self):
        self.steps = []

    def on_step_begin(self, *_, **__):
        self.start = time.time()

    def on_step_end(self, *_, **__):
        self.steps.append(time.time() - self.start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, default=DEFAULT_GGUF)
    parser.add_argument("--data", type=Path, default=ROOT / ".." / "shared" / "data" / "gsm8k" / "train.jsonl")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--problems", type=int, default=4)
    parser.add_argument("--group-size", type=int, default=8)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--micro-batch", type=int, help="sequences of a backward; by default all of a step")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", action="store_true", help="a last line that benchmarks/gpu_report.py reads")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--beta", type=float, default=0.0, help="of the KL to a reference policy")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()

    prompts = read_prompts(options.data, options.steps * options.problems)
    dataset = Dataset.from_list([{"prompt": prompt} for prompt in prompts])
    dtype = getattr(torch, options.dtype)
    clock, generation = Clock(), []

    with tempfile.TemporaryDirectory(dir=ROOT / ".oracle" if (ROOT / ".oracle").is_dir() else None) as folder:
        model = hugging_face_directory(options.model, folder, dtype)
        batch = options.problems * options.group_size
        micro_batch = options.micro_batch or batch
        trainer = GRPOTrainer(
            model=model, reward_funcs=distinct_characters, train_dataset=dataset, callbacks=[clock],
            args=GRPOConfig(
                output_dir=f"{folder}/run", use_cpu=options.device == "cpu", bf16=False, model_init_kwargs={"dtype": options.dtype},
                per_device_train_batch_size=micro_batch, gradient_accumulation_steps=batch // micro_batch,
                steps_per_generation=batch // micro_batch,
                num_generations=options.group_size, max_completion_length=options.new_tokens, temperature=1.0,
                generation_kwargs={"min_new_tokens": options.new_tokens}, beta=options.beta, learning_rate=1e-6,
                gradient_checkpointing=False, max_steps=options.steps, shuffle_dataset=False, logging_steps=1,
                save_strategy="no", report_to="none", disable_tqdm=True))
        assert next(trainer.model.parameters()).dtype == dtype

        generate = trainer._generate_single_turn

        def timed_generate(*arguments, **keywords):
            start = time.time()
            result = generate(*arguments, **keywords)
            generation.append(time.time() - start)
            return result

        trainer._generate_single_turn = timed_generate
        trainer.train()
        logs = [row for row in trainer.state.log_history if "completions/mean_length" in row]

    print(f"TRL {trl.__version__}, transformers {transformers.__version__}, torch {torch.__version__}, {options.dtype}, "
          f"{options.threads} threads, {cpu_name()}")
    print(f"{options.problems} x {options.group_size} x {options.new_tokens}, attention "
          f"{trainer.model.config._attn_implementation}")
    print("step   seconds   generate   mean length    tokens")
    tokens = 0
    for i, seconds in enumerate(clock.steps):
        print(f"{i:4}  {seconds:8.2f}   {generation[i]:8.2f}   {logs[i]['completions/mean_length']:8.1f}   "
              f"{logs[i]['num_tokens'] - tokens:10.0f}")
        tokens = logs[i]["num_tokens"]
    if len(clock.steps) > 1:
        print(f"median after the first: {statistics.median(clock.steps[1:]):.2f} s")
    peak = torch.cuda.max_memory_reserved() if options.device == "cuda" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1e3
    print(f"peak memory: {peak / 1e9:.1f} GB")
    if options.json:
        def spread(seconds):
            seconds = sorted(seconds[1:] or seconds)
            return {"median": statistics.median(seconds), "least": seconds[0], "most": seconds[-1]}

        row = {"problems": options.problems, "group_size": options.group_size, "new": options.new_tokens,
               "prompt": round(tokens / len(clock.steps) / batch) - options.new_tokens,
               "step_seconds": spread(clock.steps), "rollout_seconds": spread(generation)}
        print(json.dumps({"peer": f"TRL {trl.__version__}", "rows": [row], "device_peak_bytes": round(peak)}))


main()
