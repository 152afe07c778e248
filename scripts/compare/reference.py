"""SmolLM2 as transformers has it, made from a GGUF file without any help of cohort.

Weights are dequantised with the PyPI package gguf, and Llama's interleaved rows of q and k put back here; the tokenizer
is built from the file's metadata. What takes long (greedy tokens of many prompts) is kept in .oracle/cache, by the hash
of the file.
"""

import functools
import hashlib
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".oracle" / "cache"
DEFAULT_GGUF = ROOT / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"

NAMES = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}
OUTER_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def open_gguf(path):
    reader = gguf.GGUFReader(str(path))
    metadata = {name: field.contents() for name, field in reader.fields.items()}
    if metadata["general.architecture"] != "llama":
        raise SystemExit(f"{path}: architecture {metadata['general.architecture']}, this script knows llama")
    return reader, metadata


def to_halves(weight, heads):
    """Rows of each head from pairs (x0 y0 x1 y1 ..) to halves (x0 x1 .. y0 y1 ..), as rotate_half wants them."""
    rows, columns = weight.shape
    out = np.empty_like(weight)
    size = rows // heads
    for head in range(heads):
        block = weight[head * size:(head + 1) * size]
        out[head * size:head * size + size // 2] = block[0::2]
        out[head * size + size // 2:(head + 1) * size] = block[1::2]
    return out


def state_dict(reader, metadata):
    heads = {"attn_q": metadata["llama.attention.head_count"], "attn_k": metadata["llama.attention.head_count_kv"]}
    weights = {}
    for tensor in reader.tensors:
        shape = [int(n) for n in reversed(tensor.shape)]
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)
        parts = tensor.name.split(".")
        if parts[0] == "blk":
            if parts[2] in heads:
                values = to_halves(values, heads[parts[2]])
            name = f"model.layers.{parts[1]}.{NAMES[parts[2]]}.{parts[3]}"
        else:
            name = f"{OUTER_NAMES[parts[0]]}.{parts[1]}"
        weights[name] = torch.from_numpy(np.ascontiguousarray(values))
    return weights


def load_model(path):
    """In float32."""
    reader, metadata = open_gguf(path)
    weights = state_dict(reader, metadata)
    config = LlamaConfig(
        vocab_size=metadata["llama.vocab_size"], hidden_size=metadata["llama.embedding_length"],
        intermediate_size=metadata["llama.feed_forward_length"], num_hidden_layers=metadata["llama.block_count"],
        num_attention_heads=metadata["llama.attention.head_count"],
        num_key_value_heads=metadata["llama.attention.head_count_kv"],
        max_position_embeddings=metadata["llama.context_length"],
        rms_norm_eps=round(metadata["llama.attention.layer_norm_rms_epsilon"], 12),
        rope_parameters=dict(rope_type="default", rope_theta=metadata["llama.rope.freq_base"]),
        tie_word_embeddings="lm_head.weight" not in weights, initializer_range=0.041666666666666664,
        bos_token_id=metadata["tokenizer.ggml.bos_token_id"], eos_token_id=metadata["tokenizer.ggml.eos_token_id"],
        pad_token_id=metadata["tokenizer.ggml.padding_token_id"])
    config._attn_implementation = "eager"
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    rotary = type(model.model.rotary_emb)(config)  # its buffers are no weights: not on meta
    model = model.to_empty(device="cpu")
    model.model.rotary_emb = rotary
    missing, unexpected = model.load_state_dict(weights, strict=False)
    model.tie_weights()
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    return model.eval()


def load_tokenizer(path):
    """Byte-level BPE after single digits, from the metadata: what `pre` = smollm means."""
    _, metadata = open_gguf(path)
    assert metadata["tokenizer.ggml.model"] == "gpt2" and metadata["tokenizer.ggml.pre"] == "smollm"
    tokens = metadata["tokenizer.ggml.tokens"]
    merges = []
    for merge in metadata["tokenizer.ggml.merges"]:
        cut = merge.index(" ", 1)
        merges.append((merge[:cut], merge[cut + 1:]))
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([
        AddedToken(token, special=True, normalized=False)
        for token, kind in zip(tokens, metadata["tokenizer.ggml.token_type"]) if kind == 3])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, chat_template=metadata["tokenizer.chat_template"],
        bos_token=tokens[metadata["tokenizer.ggml.bos_token_id"]],
        eos_token=tokens[metadata["tokenizer.ggml.eos_token_id"]],
        pad_token=tokens[metadata["tokenizer.ggml.padding_token_id"]], clean_up_tokenization_spaces=False)


@functools.cache
def file_hash(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]


def cached(path, name, arguments, compute):
    """compute(), or what it gave before for the same file and arguments."""
    key = hashlib.sha256(json.dumps([file_hash(path), name, arguments]).encode()).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    file = CACHE / f"{name}-{key}.json"
    if not file.exists():
        partial = file.with_suffix(".tmp")
        partial.write_text(json.dumps(compute()))
        partial.rename(file)
    return json.loads(file.read_text())


def greedy(model, prompt, count):
    """`count` greedy tokens that no end-of-text stops, and of each its logit less the second best."""
    tokens, margins, cache = list(prompt), [], None
    feed = torch.tensor([prompt])
    with torch.no_grad():
        for _ in range(count):
            out = model(feed, cache=cache, use_cache=True, logits_to_keep=1)
            cache = out.cache
            best = out.logits[0, -1].topk(2)
            margins.append(float(best.values[0] - best.values[1]))
            tokens.append(int(best.indices[0]))
            feed = torch.tensor([[tokens[-1]]])
    return {"tokens": tokens[len(prompt):], "margins": margins}


def logprobs(model, tokens):
    """Of each token but the first, its natural log-probability given those before."""
    with torch.no_grad():
        rows = model(torch.tensor([tokens]), use_cache=False).logits[0].double().log_softmax(-1)
    return rows[:-1].gather(1, torch.tensor(tokens[1:])[:, None])[:, 0].tolist()
