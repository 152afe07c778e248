#!/usr/bin/env python3
"""Tiny random models and what transformers makes of them, for tests/policy/golden_test.cpp.

    .oracle/bin/python scripts/golden/make_model_golden.py [OUT]        (default: tests/golden/models)

The C++ tests only read the files; this script is run by hand when a family is added. Weights are normal numbers rounded
to bfloat16, so that a BF16 file holds them exactly. tests/golden/README.md describes the files.
"""

import copy
import importlib.metadata
import json
import math
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import safetensors
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from transformers import (GemmaConfig, GemmaForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM,
                          Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM)
from transformers.models.qwen3_moe.modeling_qwen3_moe import Qwen3MoeTopKRouter

VOCAB = 160
SEQUENCES = 14, 9  # tokens
PROMPTS = 3, 1     # of each, tokens that the loss does not see
GREEDY_TOKENS = 24
MIN_MARGIN = 1e-3  # between the two likeliest tokens: below, greedy decoding would test the rounding
# The same of experts, between the router's logits of the last that is chosen and of the first that is not. The
# sequences are scored in bfloat16 as well, where a logit of about 1 is off by up to 1e-2.
MIN_ROUTING_GAP = 1e-3
MIN_ROUTING_GAP_OF_SEQUENCES = 3e-2

common = dict(vocab_size=VOCAB, num_hidden_layers=2, max_position_embeddings=128, bos_token_id=None, eos_token_id=None)

# The low, the middle and the high band of llama3 scaling all hold a frequency: 32 positions, head_dim 16.
llama3_rope = dict(rope_type="llama3", rope_theta=10000.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=32)

MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig(
        **common, hidden_size=48, intermediate_size=80, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        attention_bias=True, mlp_bias=True, tie_word_embeddings=False, rms_norm_eps=1e-5,
        rope_parameters=llama3_rope)),
    "smollm": (LlamaForCausalLM, LlamaConfig(
        **common, hidden_size=36, intermediate_size=56, num_attention_heads=3, num_key_value_heads=1,
        tie_word_embeddings=True, rms_norm_eps=1e-5, rope_parameters=dict(rope_type="default", rope_theta=1e5))),
    "smollm_linear": (LlamaForCausalLM, LlamaConfig(
        **common, hidden_size=36, intermediate_size=56, num_attention_heads=3, num_key_value_heads=1,
        tie_word_embeddings=True, rms_norm_eps=1e-5,
        rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=2.5))),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(
        **common, hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2,
        tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(
        **common, hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        tie_word_embeddings=False, rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "llama_gelu": (LlamaForCausalLM, LlamaConfig(
        **common, hidden_size=36, intermediate_size=56, num_attention_heads=3, num_key_value_heads=1, hidden_act="gelu",
        tie_word_embeddings=True, rms_norm_eps=1e-5, rope_parameters=dict(rope_type="default", rope_theta=1e5))),
    "gemma": (GemmaForCausalLM, GemmaConfig(
        **common, hidden_size=40, intermediate_size=56, num_attention_heads=3, num_key_value_heads=1, head_dim=16,
        pad_token_id=None, rms_norm_eps=1e-6)),
    "qwen3_moe": (Qwen3MoeForCausalLM, Qwen3MoeConfig(
        **{**common, "num_hidden_layers": 3}, hidden_size=32, intermediate_size=48, moe_intermediate_size=24,
        num_experts=8, num_experts_per_tok=2, norm_topk_prob=True, mlp_only_layers=[0], num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, tie_word_embeddings=False, rms_norm_eps=1e-6,
        rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "qwen3_moe_plain": (Qwen3MoeForCausalLM, Qwen3MoeConfig(
        **common, hidden_size=22, intermediate_size=26, moe_intermediate_size=20, num_experts=5, num_experts_per_tok=3,
        norm_topk_prob=False, decoder_sparse_step=2, num_attention_heads=3, num_key_value_heads=1, head_dim=10,
        tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
}
FLOAT32 = {"llama"}           # the others are written as BF16
FULL_GRADIENTS = {"llama"}
VERSION_4_CONFIG = {"smollm_linear"}  # rope_theta, rope_scaling and torch_dtype, as files before transformers 5 have them
SHARDED = {"smollm": "smollm_sharded"}
FUSED = {"qwen3_moe_plain": "qwen3_moe_plain_fused"}  # a layer's experts in two tensors, as transformers 5 has them in memory

# One GGUF per architecture. Rows of 64 hold whole blocks of 32; each quantised type appears.
GGUF_MODELS = {
    "llama_gguf": (LlamaForCausalLM, LlamaConfig(
        **common, hidden_size=64, intermediate_size=96, num_attention_heads=4, num_key_value_heads=2,
        tie_word_embeddings=False, rms_norm_eps=1e-5, rope_parameters=dict(rope_type="default", rope_theta=1e5))),
    "qwen2_gguf": (Qwen2ForCausalLM, Qwen2Config(
        **common, hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2,
        tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "qwen3_gguf": (Qwen3ForCausalLM, Qwen3Config(
        **common, hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "gemma_gguf": (GemmaForCausalLM, GemmaConfig(
        **common, hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        pad_token_id=None, rms_norm_eps=1e-6)),
    "qwen3moe_gguf": (Qwen3MoeForCausalLM, Qwen3MoeConfig(
        **common, hidden_size=32, intermediate_size=96, moe_intermediate_size=64, num_experts=3, num_experts_per_tok=2,
        norm_topk_prob=True, num_attention_heads=4, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True,
        rms_norm_eps=1e-6, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
}
GGUF_ARCHITECTURES = {"qwen3_moe": "qwen3moe"}  # where it is not the model_type
# A number of its own for each, so that a new one leaves the others as they are: append.
SEEDS = {name: 1000 + i for i, name in enumerate([
    "llama", "smollm", "smollm_linear", "qwen2", "qwen3", "llama_gguf", "qwen2_gguf", "qwen3_gguf", "llama_gelu", "gemma",
    "gemma_gguf", "qwen3_moe", "qwen3_moe_plain", "qwen3moe_gguf"])}
GGUF_TYPES = {
    "llama_gguf": {"token_embd": "Q8_0", "output": "BF16", "attn_q": "Q4_1", "attn_k": "Q4_0", "attn_v": "Q8_0",
                   "attn_output": "Q4_1", "ffn_gate": "Q4_0", "ffn_up": "F16", "ffn_down": "Q4_1"},
    "qwen2_gguf": {"token_embd": "F16", "attn_q": "Q8_0", "attn_k": "F16", "attn_v": "Q4_0",
                   "attn_output": "BF16", "ffn_gate": "Q4_1", "ffn_up": "Q8_0", "ffn_down": "F32"},
    "qwen3_gguf": {"token_embd": "BF16", "attn_q": "Q8_0", "attn_k": "BF16", "attn_v": "F16",
                   "attn_output": "Q8_0", "ffn_gate": "Q8_0", "ffn_up": "Q4_0", "ffn_down": "Q4_1"},
    "gemma_gguf": {"token_embd": "Q8_0", "attn_q": "BF16", "attn_k": "Q8_0", "attn_v": "F16",
                   "attn_output": "Q4_0", "ffn_gate": "Q8_0", "ffn_up": "BF16", "ffn_down": "Q4_1"},
    "qwen3moe_gguf": {"token_embd": "Q8_0", "attn_q": "Q8_0", "attn_k": "BF16", "attn_v": "F16",
                      "attn_output": "Q8_0", "ffn_gate_inp": "F32", "ffn_gate_exps": "Q4_1", "ffn_up_exps": "Q8_0",
                      "ffn_down_exps": "Q4_0"},
}
GGUF_NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "mlp.gate": "ffn_gate_inp", "mlp.experts.gate_proj": "ffn_gate_exps", "mlp.experts.up_proj": "ffn_up_exps",
    "mlp.experts.down_proj": "ffn_down_exps",
}


def norm_offset(config):
    """What a norm multiplies by is its weight and this."""
    return 1 if config.model_type == "gemma" else 0


def make_model(model_class, config, generator):
    config._attn_implementation = config._experts_implementation = "eager"
    config.dtype = torch.float32
    model = model_class(config).float().eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "norm" in name:
                value = 1 - norm_offset(config) + 0.25 * noise
            elif name.endswith("bias"):
                value = 0.1 * noise
            else:
                value = 0.15 * noise
            weight.copy_(value.bfloat16().float())
    return model


def parameters(model):
    """By name as in a checkpoint: a tied head is not one of them."""
    return dict(model.named_parameters(remove_duplicate=True))


def by_projection(name, tensor):
    """What transformers keeps as gate_up_proj [experts, 2 · intermediate, hidden] as gate_proj and up_proj."""
    if name.endswith("experts.gate_up_proj"):
        gate, up = tensor.chunk(2, dim=1)
        return {name.replace("gate_up_proj", "gate_proj.weight"): gate,
                name.replace("gate_up_proj", "up_proj.weight"): up}
    return {name + ".weight" if name.endswith("experts.down_proj") else name: tensor}


def by_expert(name, tensor):
    """The same as a checkpoint has it: each expert on its own."""
    return {key.replace(".experts.", f".experts.{e}.") if ".experts." in key else key: part
            for key, whole in by_projection(name, tensor).items()
            for e, part in enumerate(whole if ".experts." in key else [whole])}


def some_indexes(name, tensor):
    count = min(4 if ".experts." in name else 16, tensor.numel())
    return sorted({(k * 2654435761 + 12345) % tensor.numel() for k in range(count)})


def greedy(model, prompt):
    tokens = list(prompt)
    margins = []
    with torch.no_grad():
        for _ in range(GREEDY_TOKENS):  # without a cache: each token from a forward of its own
            best = model(torch.tensor([tokens]), use_cache=False).logits[0, -1].topk(2)
            margins.append(float(best.values[0] - best.values[1]))
            tokens.append(int(best.indices[0]))
        cached = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=GREEDY_TOKENS, use_cache=True,
                                attention_mask=torch.ones(1, len(prompt), dtype=torch.long))[0].tolist()
    assert cached == tokens, "greedy tokens with and without a cache differ"
    return tokens[len(prompt):], margins


def routing_gap(model, sequences):
    """Between the router's logits of an expert that a token goes to and of one that it does not go to: the smallest."""
    gaps = [math.inf]

    def note(router, _, output):
        best = output[0].topk(router.top_k + 1).values
        gaps.append(float((best[:, -2] - best[:, -1]).min()))

    hooks = [module.register_forward_hook(note) for module in model.modules() if isinstance(module, Qwen3MoeTopKRouter)]
    with torch.no_grad():
        for tokens in sequences:
            model(torch.tensor([tokens]), use_cache=False)
    for hook in hooks:
        hook.remove()
    return min(gaps)


def expectations(model, generator):
    """None where a greedy margin or a routing gap is too small, or an expert has no token: try other sequences."""
    sequences = [torch.randint(0, VOCAB, (n,), generator=generator).tolist() for n in SEQUENCES]
    if routing_gap(model, sequences) < MIN_ROUTING_GAP_OF_SEQUENCES:
        return None
    greedy_prompt = sequences[0][:5]
    greedy_tokens, margins = greedy(model, greedy_prompt)
    if min(margins) < MIN_MARGIN or routing_gap(model, [greedy_prompt + greedy_tokens]) < MIN_ROUTING_GAP:
        return None

    model.zero_grad()
    logits, logprobs, losses = [], [], []
    for tokens, prompt in zip(sequences, PROMPTS):
        row = model(torch.tensor([tokens]), use_cache=False).logits[0]
        chosen = row.log_softmax(-1)[:-1].gather(1, torch.tensor(tokens[1:])[:, None])[:, 0]
        logits.append(row.detach())
        logprobs.append(chosen.detach())
        losses.append(-chosen[prompt - 1:])
    loss = torch.cat(losses).mean()
    loss.backward()

    gradients = {}
    for fused_name, weight in parameters(model).items():
        for name, gradient in by_expert(fused_name, weight.grad).items():
            flat = gradient.flatten()
            index = some_indexes(name, flat)
            gradients[name] = {"norm": float(flat.double().norm()), "sum": float(flat.double().sum()), "index": index,
                               "value": [float(flat[i]) for i in index]}
    if any(gradient["norm"] == 0 for gradient in gradients.values()):
        return None
    return {"sequences": sequences, "prompt_tokens": list(PROMPTS),
            "logits": [x.flatten().tolist() for x in logits], "logprobs": [x.tolist() for x in logprobs],
            "greedy": {"prompt": greedy_prompt, "tokens": greedy_tokens, "margins": margins},
            "loss": float(loss.detach()), "gradients": gradients}


def write_json(path, value):
    """Floats with 9 digits, which is enough to get every float32 back; lists of numbers on one line."""

    def text(x, indent):
        if isinstance(x, dict):
            rows = [f'{indent} "{k}": {text(v, indent + " ")}' for k, v in x.items()]
            return "{\n" + ",\n".join(rows) + "}"
        if isinstance(x, list):
            return "[" + ",".join(text(v, indent) for v in x) + "]"
        return f"{x:.9g}" if isinstance(x, float) else json.dumps(x)

    path.write_text(text(value, "") + "\n")


def find_expectations(model, generator):
    while (expected := expectations(model, generator)) is None:
        pass
    return expected


def make_safetensors_model(name, folder, generator):
    model_class, config = MODELS[name]
    model = make_model(model_class, config, generator)
    dtype = torch.float32 if name in FLOAT32 else torch.bfloat16

    def save(target, **options):
        target.mkdir(parents=True)
        copy.deepcopy(model).to(dtype).save_pretrained(target, **options)
        (target / "generation_config.json").unlink(missing_ok=True)
        return load(target)

    def load(target):
        again, info = model_class.from_pretrained(target, dtype=torch.float32, attn_implementation="eager",
                                                  experts_implementation="eager", output_loading_info=True)
        assert not any(info[k] for k in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
        assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters()))
        return again.eval()

    target = folder / name
    reloaded = save(target)
    if name in VERSION_4_CONFIG:
        config_file = target / "config.json"
        values = json.loads(config_file.read_text())
        rope = values.pop("rope_parameters")
        values["rope_theta"] = rope.pop("rope_theta")
        values["rope_scaling"] = {"type": rope.pop("rope_type"), **rope}
        values["torch_dtype"] = values.pop("dtype")
        values["transformers_version"] = "4.46.0"
        config_file.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
        reloaded = model_class.from_pretrained(target, dtype=torch.float32, attn_implementation="eager").eval()
        probe = torch.arange(40)[None]
        assert torch.equal(reloaded(probe).logits, model(probe).logits), "the version 4 spelling is another model"

    write_json(target / "expected.json", find_expectations(reloaded, generator))
    if name in FULL_GRADIENTS:
        # A gradient has the names and shapes of the weights, so it is stored, and read, as a model.
        (target / "gradients").mkdir()
        shutil.copy(target / "config.json", target / "gradients")
        save_file({k: v.grad.contiguous() for k, v in parameters(reloaded).items()},
                  target / "gradients" / "model.safetensors", metadata={"format": "pt"})
    if name in SHARDED:
        size = sum(p.numel() for p in model.parameters()) * (4 if name in FLOAT32 else 2)
        save(folder / SHARDED[name], max_shard_size=int(size * 0.6))
        assert len(list((folder / SHARDED[name]).glob("*.safetensors"))) == 2
    if name in FUSED:
        (folder / FUSED[name]).mkdir()
        shutil.copy(target / "config.json", folder / FUSED[name])
        save_file({k: v.detach().to(dtype).contiguous() for k, v in parameters(model).items()},
                  folder / FUSED[name] / "model.safetensors", metadata={"format": "pt"})
        load(folder / FUSED[name])


def gguf_name(name):
    parts = name.split(".")
    if parts[1] == "layers":
        return f"blk.{parts[2]}.{GGUF_NAMES['.'.join(parts[3:-1])]}.{parts[-1]}"
    return f"{GGUF_NAMES['.'.join(parts[:-1])]}.{parts[-1]}"


def interleave(weight, heads):
    """Rows of a head from halves (x_0 .. x_h/2, y_0 .. y_h/2) to pairs (x_0 y_0 x_1 y_1 ..): architecture llama only."""
    rows = weight.shape[0]
    return weight.reshape(heads, 2, rows // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def uninterleave(weight, heads):
    rows = weight.shape[0]
    return weight.reshape(heads, rows // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def make_gguf_model(name, folder, generator):
    model_class, config = GGUF_MODELS[name]
    model = make_model(model_class, config, generator)
    architecture = GGUF_ARCHITECTURES.get(config.model_type, config.model_type)
    target = folder / name
    target.mkdir(parents=True)

    writer = gguf.GGUFWriter(target / "model.gguf", architecture)
    writer.add_name(f"{name}, random")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    if head_dim != config.hidden_size // config.num_attention_heads:
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(VOCAB)
    if architecture == "qwen3moe":
        writer.add_expert_count(config.num_experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)

    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    weights = {}
    with torch.no_grad():
        parts = [part for name, weight in parameters(model).items() for part in by_projection(name, weight).items()]
        for hf_name, weight in parts:
            stored = gguf_name(hf_name)
            values = weight.numpy()
            permuted = heads.get(hf_name.split(".")[-2]) if architecture == "llama" else None
            if permuted:
                values = interleave(values, permuted)
            offset = norm_offset(config) if "norm" in hf_name else 0  # such files hold what is multiplied by
            values = values + offset
            kind = GGUF_TYPES[name][stored.split(".")[-2]] if values.ndim > 1 else "F32"
            quant = gguf.GGMLQuantizationType[kind]
            data = gguf.quants.quantize(np.ascontiguousarray(values), quant)
            writer.add_tensor(stored, data, raw_dtype=quant)
            back = gguf.quants.dequantize(data, quant).reshape(values.shape) - offset
            if permuted:
                back = uninterleave(back, permuted)
            weight.copy_(torch.from_numpy(np.ascontiguousarray(back)))
        for fused_name, weight in parameters(model).items():
            for hf_name, part in by_expert(fused_name, weight).items():
                index = some_indexes(hf_name, part)
                weights[hf_name] = {"index": index, "value": [float(part.flatten()[i]) for i in index]}
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    expected = find_expectations(model, generator)
    del expected["gradients"], expected["loss"]
    write_json(target / "expected.json", {"weights": weights, **expected})


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2] / "tests" / "golden" / "models")
    for name in [*MODELS, *GGUF_MODELS]:
        for old in (name, SHARDED.get(name, name), FUSED.get(name, name)):
            shutil.rmtree(folder / old, ignore_errors=True)
        make = make_safetensors_model if name in MODELS else make_gguf_model
        make(name, folder, torch.Generator().manual_seed(SEEDS[name]))
        expected = json.loads((folder / name / "expected.json").read_text())
        print(f"{name:16} smallest margin {min(expected['greedy']['margins']):.4f}"
              f"  loss {expected.get('loss', float('nan')):.4f}")
    versions = {m.__name__: m.__version__ for m in (torch, transformers, tokenizers, safetensors, np)}
    versions["gguf"] = importlib.metadata.version("gguf")
    (folder / "manifest.json").write_text(json.dumps({"made_with": versions}, indent=2) + "\n")
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{size / 1e6:.2f} MB in {folder}")


main()
