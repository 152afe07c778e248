#!/usr/bin/env bash
# TRL's GRPO step on the same GPU and shape as the part peer_step of gpu.sh: random weights, 16 x 8 x (256 + 128).
#   benchmarks/gpu_peer.sh
# Takes the python of .oracle, or the one on PATH, whichever has TRL. Exit code 78: neither; 77: no device.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! nvidia-smi -L 2>/dev/null | grep -q GPU; then
  echo "gpu_peer: no device" >&2
  exit 77
fi
python=""
for candidate in .oracle/bin/python python3; do
  if "$candidate" -c 'import trl' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "gpu_peer: skipped: no python has TRL (see benchmarks/grpo_step.py)" >&2
  exit 78
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" scripts/compare/random_model.py --shape qwen2.5-0.5b --out "$folder/model" --prompts "$folder/prompts.jsonl"
"$python" scripts/compare/trl_step.py --device cuda --model "$folder/model" --data "$folder/prompts.jsonl" \
  --dtype bfloat16 --problems 16 --group-size 8 --new-tokens 128 --micro-batch 16 --steps 3 --json
