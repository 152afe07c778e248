#!/usr/bin/env python3
"""Attention by cuDNN and by FlashAttention as LibTorch has them, on the shapes of benchmark_gpu_kernels, as JSON.

    python3 benchmarks/gpu_attention.py

Causal, bfloat16, without a graph; times are the device's own, behind a write of more than its caches hold.
"""

import json

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

SHAPES = [(8, 1024, 32, 8, 128), (1, 8192, 32, 8, 128), (8, 1024, 14, 2, 64), (8, 1280, 14, 2, 64)]
BACKENDS = {"cuDNN": SDPBackend.CUDNN_ATTENTION, "FlashAttention": SDPBackend.FLASH_ATTENTION}


def microseconds(call, rounds=7):
    flood = torch.empty(256 << 20, dtype=torch.uint8, device="cuda")
    times = []
    for i in range(-2, rounds):
        flood.fill_(i & 255)
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        call()
        end.record()
        end.synchronize()
        if i >= 0:
            times.append(begin.elapsed_time(end) * 1e3)
    times.sort()
    return {"median": times[rounds // 2], "least": times[0], "most": times[-1]}


def main():
    torch.manual_seed(0)
    rows = []
    for sequences, length, heads, kv_heads, dim in SHAPES:
        def random(count):
            return torch.randn(sequences, count, length, dim, device="cuda", dtype=torch.bfloat16, requires_grad=True)

        q, k, v = random(heads), random(kv_heads), random(kv_heads)
        operations = 2 * sequences * heads * dim * length * (length + 1)
        shape = f"{sequences} x {length}, {heads}/{kv_heads} x {dim}"
        for name, backend in BACKENDS.items():
            with sdpa_kernel([backend]):
                def forward():
                    return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)

                with torch.no_grad():
                    times = {"attention": (microseconds(forward), operations)}
                out = forward()
                dout = torch.randn_like(out)
                times["attention backward"] = (
                    microseconds(lambda: torch.autograd.grad(out, (q, k, v), dout, retain_graph=True)), 2.5 * operations)
            for op, (spread, count) in times.items():
                rows.append({"op": f"{op}, {name}", "shape": shape, "microseconds": spread,
                             "tflops": count / spread["median"] / 1e6})
    print(json.dumps({"device": torch.cuda.get_device_name(), "torch": torch.__version__, "rows": rows}))


main()
