#!/usr/bin/env bash
# benchmarks/gpu.sh without a GPU: programs that only pretend, in a folder of their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tests"

# pretend PROGRAM: a program of standard input's words.
pretend() {
  { echo '#!/usr/bin/env bash' && cat; } >"$folder/$1"
  chmod +x "$folder/$1"
}
run() { code=0 && benchmarks/gpu.sh --build "$folder" --out "$folder/out.json" "$@" >"$folder/log" 2>&1 || code=$?; }
expect() {
  if ! eval "$1"; then
    echo "expected $1; exit code $code, and:" >&2
    cat "$folder/log" >&2
    exit 1
  fi
}

pretend tests/gpu_device_test <<<"exit 0"
pretend tests/gpu_kernels_test <<<"exit 0"
pretend benchmark_gpu_kernels <<<'echo "benchmark_gpu_kernels: no device" >&2; exit 77'
pretend benchmark_gpu_policy <<<'echo "benchmark_gpu_policy: no device" >&2; exit 77'
run --only kernels,decode_0.5b,grpo_8b
expect '[ $code -eq 0 ]'
expect '[ $(grep -c ": no device (" "$folder/log") -eq 3 ]'
expect 'grep -q "no device: 3 of 3 parts" "$folder/log"'
expect '[ ! -e "$folder/out.json" ]'

# One fails, one hangs, and the others run all the same.
pretend benchmark_gpu_kernels <<<'echo broken >&2; exit 3'
pretend benchmark_gpu_policy <<'PROGRAM'
case "$*" in
  *"decode --shape qwen2.5-0.5b"*) exec sleep 60 ;;
  *train*) echo '{"rows": [{"tokens": 64, "sequence": 8, "tokens_per_second": {"median": 5, "least": 4, "most": 6}, "share_of_ceiling": 0.5}]}' ;;
  *) exit 77 ;;
esac
PROGRAM
run --only kernels,train_0.5b,decode_0.5b --seconds 6
expect '[ $code -eq 1 ]'
expect 'grep -q "kernels: failed with exit code 3" "$folder/log"'
expect 'grep -q "broken" "$folder/log"'
expect 'grep -q "decode_0.5b: not done after" "$folder/log"'
expect 'grep -q "train_0.5b: no time left" "$folder/log"'
expect 'grep -q "FAILED: kernels decode_0.5b train_0.5b" "$folder/log"'
run --only kernels,train_0.5b
expect '[ $code -eq 1 ]'
expect 'grep -q "| train_0.5b | 64 tokens in 8s | 5 (4 to 6) tokens/s | 50 % |" "$folder/log"'
expect 'python3 -c "import json, sys; assert [p[\"state\"] for p in json.load(open(sys.argv[1]))[\"parts\"]] == [\"failed with exit code 3\", \"passed\"]" "$folder/out.json"'

pretend benchmark_gpu_kernels <<<'echo "{\"rows\": []}"'
run --only kernels
expect '[ $code -eq 0 ]'
expect 'grep -q "all 1 parts passed" "$folder/log"'
run --only kernels,nonsense
expect '[ $code -eq 2 ]'
rm "$folder/benchmark_gpu_policy"
run --only kernels
expect '[ $code -eq 1 ]'
expect 'grep -q "has no benchmark_gpu_policy" "$folder/log"'
echo "benchmarks/gpu.sh does what it says"
