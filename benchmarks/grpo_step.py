#!/usr/bin/env python3
"""A GRPO step of cohort beside one of TRL: same model, prompts, group size, lengths and number of threads, in turns.

    python3 -m venv .oracle && .oracle/bin/pip install trl==1.16.0 transformers gguf datasets accelerate      # once
    python3 benchmarks/grpo_step.py [--model smollm2|5m|17m|17m_49k] [--rounds 2] [--steps 3] [--problems 4] [--new-tokens 128]

smollm2 is SmolLM2-135M-Instruct on GSM8K's chats. 5m and 17m are Llamas of random weights with the 512 tokens of
stories260K, which continue GSM8K's questions; 17m_49k is 5m's with the 49,152 of SmolLM2. TRL reads the directory that
`cohort new` wrote. End-of-text is forbidden, so that every completion has all its tokens. Both have the same reward,
which differs within a group: cohort leaves out what has no gradient, and here everything has one. A round is one run of
each program, cohort once for each of --keep (train.activation_checkpointing, of all tokens that are drawn) and TRL once in
each of --peer-dtypes; the first step of a run warms up and does not count. The ratio is that of the first cohort to the
faster dtype of TRL.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path

import measure

LLAMA = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 512, "max_position_embeddings": 2048,
         "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True,
         "initializer_range": 0.02, "bos_token_id": 1, "eos_token_id": 2}
SMALL = {"5m": {"hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 6, "num_attention_heads": 4,
                "num_key_value_heads": 4},
         "17m": {"hidden_size": 384, "intermediate_size": 1088, "num_hidden_layers": 10, "num_attention_heads": 6,
                 "num_key_value_heads": 3}}
SMALL["17m_49k"] = {**SMALL["5m"], "vocab_size": 49152}
# As much for each token as 5m, of three times the weights.
SMALL["15m_experts"] = {**SMALL["5m"], "architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "head_dim": 64,
                        "num_experts": 16, "num_experts_per_tok": 4, "moe_intermediate_size": 176, "norm_topk_prob": True}


class Setting:
    """What both programs are given: for each where its model lies, and its data."""

    def __init__(self, options, folder):
        self.data = str(Path(options.data).absolute())
        if options.model == "smollm2":
            self.model = str(measure.ROOT / measure.require("models/SmolLM2-135M-Instruct.Q4_1.gguf", "scripts/get-smollm2"))
            self.task = "gsm8k"
            return
        self.task = "dataset"
        tokenizer = f"{folder}/tokenizer"
        if "vocab_size" in SMALL[options.model]:
            smollm2 = measure.ROOT / measure.require("models/SmolLM2-135M-Instruct.Q4_1.gguf", "scripts/get-smollm2")
            measure.run([f"{options.build}/cohort", "export", "--model", smollm2, "--out", tokenizer])
        else:
            measure.run([sys.executable, "scripts/convert_llama2c", f"{options.stories}/stories260K.bin",
                         f"{options.stories}/tok512.bin", tokenizer])
        config = f"{folder}/{options.model}.json"
        Path(config).write_text(json.dumps({**LLAMA, **SMALL[options.model]}))
        self.model = f"{folder}/{options.model}"
        measure.run([f"{options.build}/cohort", "new", "--config", config, "--tokenizer", tokenizer, "--out", self.model])
        questions = [json.loads(line) for line in Path(options.data).open()]
        self.data = f"{folder}/questions.jsonl"
        Path(self.data).write_text("".join(
            json.dumps({"prompt": row["question"], "answer": row["answer"].split("#### ")[1]}) + "\n" for row in questions))


def cohort_run(options, setting, keep):
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "step.toml"
        configuration.write_text(f"""
[model]
path = "{setting.model}"
dtype = "{options.dtype}"
[task]
name = "{setting.task}"
file = "{setting.data}"
shuffle = false
[[reward]]
name = "subprocess"
command = "python3 {measure.ROOT}/scripts/compare/distinct_characters.py"
[rollout]
problems_per_step = {options.problems}
group_size = {options.group_size}
max_new_tokens = {options.new_tokens}
precision = "{options.precision}"
activation_tokens = {options.problems * options.group_size * options.new_tokens}
ignore_eos = true
[loss]
name = "dapo"
[train]
steps = {options.steps}
micro_batch_tokens = {options.micro_batch_tokens}
activation_checkpointing = "{keep}"
skip_zero_advantages = false
checkpoint_every = 0
threads = {options.threads}
""")
        measure.run([f"{options.build}/cohort", "train", configuration, "--out", f"{folder}/run", "--quiet"])
        steps = [json.loads(line) for line in (Path(folder) / "run/metrics.jsonl").read_text().splitlines()]
    assert all(step["frac_reward_zero_std"] < 0.2 for step in steps)
    assert options.precision != "exact" or all(step["sampling/logp_difference_max"] == 0 for step in steps)
    return {"step": [step["time/step"] for step in steps[1:]], "rollout": [step["time/rollout"] for step in steps[1:]],
            "tokens": [step["tokens/prompt"] + step["tokens/completion"] for step in steps[1:]],
            "peak_gb": max(step["memory/peak_bytes"] for step in steps) / 1e9}


def trl_run(options, setting, dtype):
    text = measure.run([".oracle/bin/python", "scripts/compare/trl_step.py", "--model", setting.model, "--dtype", dtype,
                        "--steps", options.steps, "--problems", options.problems, "--group-size", options.group_size,
                        "--new-tokens", options.new_tokens, "--data", setting.data, "--threads", options.threads])
    rows = re.findall(r"^ +\d+ +([\d.]+) +([\d.]+) +[\d.]+ +(\d+)$", text, re.MULTILINE)[1:]
    return {"step": [float(step) for step, _, _ in rows], "rollout": [float(generate) for _, generate, _ in rows],
            "tokens": [int(tokens) for _, _, tokens in rows],
            "peak_gb": float(re.search(r"peak memory: ([\d.]+)", text)[1]), "versions": text.splitlines()[0]}


def main():
    parser = argparse.ArgumentParser()
    measure.add_common_options(parser, rounds=2)
    parser.add_argument("--model", choices=("smollm2", *SMALL), default="smollm2")
    parser.add_argument("--dtype", default="bfloat16", help="of cohort's weights")
    parser.add_argument("--precision", choices=("exact", "int8"), default="exact", help="of cohort's rollout")
    parser.add_argument("--keep", default="none,attention", help="what cohort keeps of activations: none, attention, mlp, layer")
    parser.add_argument("--peer-dtypes", default="bfloat16,float32")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--problems", type=int, default=4)
    parser.add_argument("--group-size", type=int, default=8)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--micro-batch-tokens", type=int, default=2400)
    parser.add_argument("--data", default=str(measure.ROOT / "data/gsm8k/train.jsonl"))
    parser.add_argument("--stories", default="data/stories260K", help="folder of stories260K.bin and tok512.bin")
    options = parser.parse_args()
    options.result = options.result or f"grpo_step_{options.model}"
    report = measure.Report(options)
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(options, folder)
        programs = {f"cohort, {options.dtype}, {keep}": lambda keep=keep: cohort_run(options, setting, keep)
                    for keep in options.keep.split(",")}
        ours = next(iter(programs))
        for dtype in options.peer_dtypes.split(","):
            programs[f"TRL, {dtype}"] = lambda dtype=dtype: trl_run(options, setting, dtype)
        runs = measure.in_turns(programs, options.rounds)

    rows, medians = [], {}
    for name, of_one in runs.items():
        steps, rollouts = ([seconds for one in of_one for seconds in one[what]] for what in ("step", "rollout"))
        medians[name] = statistics.median(steps)
        rows.append([name, measure.spread(steps, 2, "s"), f"{statistics.median(rollouts):.2f} s",
                     f"{max(one['peak_gb'] for one in of_one):.1f} GB", f"{medians[name] / medians[ours]:.1f}"])
    fastest = min((name for name in medians if name.startswith("TRL")), key=medians.get)
    report.write([f"{options.model}, {options.problems} × {options.group_size} × {options.new_tokens}", "step", "rollout",
                  "peak memory", "cohort beside it"], rows, fastest_peer=fastest, runs=runs)


main()
