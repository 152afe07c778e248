"""Writes blocks.txt: random blocks of each GGML type and what the PyPI package gguf 0.19.0 makes of them.

    pip install gguf==0.19.0 && python make_blocks.py > blocks.txt
"""
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize

# Where a block has its float16 numbers. They are drawn, not random bits: no NaN, whose sign nobody promises.
HALVES = {Type.F16: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0],
          Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}
BLOCKS = {Type.F32: 8, Type.F16: 16, Type.BF16: 16}

random = np.random.default_rng(1)
for type in [Type.F32, Type.F16, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q4_K, Type.Q5_K,
             Type.Q6_K, Type.BF16]:
    elements, size = GGML_QUANT_SIZES[type]
    blocks = random.integers(0, 256, (BLOCKS.get(type, 2), size), dtype=np.uint8)
    if type == Type.F32:
        blocks = random.standard_normal((len(blocks), 1), dtype=np.float32).view(np.uint8)
    if type == Type.BF16:
        blocks = random.standard_normal((len(blocks), 1), dtype=np.float32).view(np.uint8)[:, 2:].copy()
    for offset in HALVES.get(type, []):
        halves = (random.standard_normal((len(blocks), 1)) * 10.0 ** -random.integers(0, 8, (len(blocks), 1)))
        blocks[:, offset : offset + 2] = halves.astype(np.float16).view(np.uint8)  # the smallest ones are subnormal
    values = dequantize(blocks, type).astype(np.float32)
    print(int(type), blocks.tobytes().hex(), values.tobytes().hex())
