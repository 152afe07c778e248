#!/usr/bin/env bash
# TRL's GRPO step on the same GPU and shape as the part grpo_0.5b of gpu.sh, with random weights that `cohort new` makes.
#   benchmarks/gpu_peer.sh BUILD
# Exit code 78: TRL is not here; 77: no device.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:?expected the folder of the programs}

if ! nvidia-smi -L 2>/dev/null | grep -q GPU; then
  echo "gpu_peer: no device" >&2
  exit 77
fi
if ! .oracle/bin/python -c 'import trl' 2>/dev/null; then
  echo "gpu_peer: skipped: .oracle has no TRL (see benchmarks/grpo_step.py)" >&2
  exit 78
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/config.json" <<'JSON'
{"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896,
 "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2,
 "max_position_embeddings": 4096, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
 "tie_word_embeddings": true, "initializer_range": 0.02, "eos_token_id": 90}
JSON
"$build/cohort" new --config "$folder/config.json" --out "$folder/model" --dtype bfloat16 --quiet
python3 - "$folder/prompts.jsonl" <<'PYTHON'
import json, random, sys
random.seed(1)
with open(sys.argv[1], "w") as out:
    for _ in range(192):
        out.write(json.dumps({"prompt": "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=256))}) + "\n")
PYTHON
.oracle/bin/python scripts/compare/trl_step.py --device cuda --model "$folder/model" --data "$folder/prompts.jsonl" \
  --dtype bfloat16 --problems 64 --group-size 8 --new-tokens 1024 --steps 2
