#!/usr/bin/env bash
# Everything that wants a GPU, in one call of at most 8 minutes: tests, sanitizers, kernels, decoding, training, GRPO steps.
#
#   benchmarks/gpu.sh [--build DIR] [--seconds 480] [--only PART,PART...] [--out FILE] [--list]
#
# Takes the programs in DIR (build/release), or builds them there first if they are missing; a build does not count.
# Each part has a share of the time and is ended when that is used up; a part that fails is named, and the next one
# runs. Ceilings (a large copy, a product of 8192^3 bfloat16 numbers) are measured by each program in the same run.
# Writes benchmarks/results/gpu.json (or FILE) and prints its table. Exit code: 0 if every part passed or found no device, 1 if
# one failed. The part `peer` runs TRL where .oracle has it (scripts/compare/trl_step.py).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null

build=build/release seconds=480 only="" out=benchmarks/results/gpu.json
say() { printf '[gpu %3ds] %s\n' $((SECONDS - started)) "$*"; }

# name, seconds, command; $build stands for the folder of the programs.
parts() {
  local policy="$build/benchmark_gpu_policy"
  cat <<TABLE
tests|75|ctest --test-dir $build --output-on-failure --no-tests=error -j 2 -R ^gpu_(device|kernels)_test
sanitize|70|scripts/sanitize --build $build --seconds 65
kernels|20|$build/benchmark_gpu_kernels
kernels_0.5b|15|$build/benchmark_gpu_kernels --hidden 896 --ffn 9728 --heads 14 --kv-heads 2 --head-dim 64
attention_peers|25|python3 benchmarks/gpu_attention.py
decode_0.5b|25|$policy --what decode --shape qwen2.5-0.5b --new 1024 --steps 1
decode_1.5b|35|$policy --what decode --shape qwen2.5-1.5b --batch 512 --new 1024 --steps 1
decode_0.5b_fast|12|$policy --what decode --shape qwen2.5-0.5b --precision fast --batch 512
train_0.5b|15|$policy --what train --shape qwen2.5-0.5b --tokens 65536 --micro-batch-tokens 16384
train_1.5b|20|$policy --what train --shape qwen2.5-1.5b --tokens 65536 --micro-batch-tokens 16384
grpo_short|15|$policy --what grpo --shape qwen2.5-0.5b --new 128 --steps 2 --micro-batch-tokens 21504
grpo_0.5b|45|$policy --what grpo --shape qwen2.5-0.5b --new 1024 --steps 1 --micro-batch-tokens 20480
grpo_1.5b|60|$policy --what grpo --shape qwen2.5-1.5b --new 1024 --steps 1 --micro-batch-tokens 10240
grpo_8b|100|$policy --what grpo --shape qwen3-8b --problems 4 --new 128 --steps 0 --checkpointing layer --offload 1 --micro-batch-tokens 4096
peer_step|15|$policy --what grpo --shape qwen2.5-0.5b --problems 16 --new 128 --steps 2 --micro-batch-tokens 21504
peer|90|benchmarks/gpu_peer.sh
TABLE
}

while [ $# -gt 0 ]; do
  case $1 in
    --build) build=${2:?--build needs a folder} && shift ;;
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    --only) only=,${2:?--only needs names of parts}, && shift ;;
    --out) out=${2:?--out needs a file} && shift ;;
    --list)
      parts | cut -d '|' -f 1
      exit 0
      ;;
    *)
      echo "benchmarks/gpu.sh: $1: expected --build, --seconds, --only, --out or --list" >&2
      exit 2
      ;;
  esac
  shift
done
if [ -n "$only" ]; then
  for name in ${only//,/ }; do
    if ! parts | cut -d '|' -f 1 | grep -qxF -- "$name"; then
      echo "benchmarks/gpu.sh: --only $name: expected names that --list prints" >&2
      exit 2
    fi
  done
fi

started=$SECONDS
for program in benchmark_gpu_kernels benchmark_gpu_policy tests/gpu_device_test tests/gpu_kernels_test; do
  [ -x "$build/$program" ] && continue
  if [ "$build" != build/release ]; then
    echo "benchmarks/gpu.sh: $build has no $program" >&2
    exit 1
  fi
  say "building, for $build/$program is missing"
  ./scripts/build -DCOHORT_BUILD_BENCHMARKS=ON || exit 1
  break
done

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
started=$SECONDS
deadline=$((SECONDS + seconds))
ran=0 failed=() without_device=0

while IFS='|' read -r name budget command; do
  [ -n "$only" ] && [[ $only != *",$name,"* ]] && continue
  left=$((deadline - SECONDS))
  [ "$budget" -lt "$left" ] && left=$budget
  if [ "$left" -lt 1 ]; then
    say "$name: no time left"
    printf '%s\t%s\t%s\t%s\n' "$name" "no time left" 0 "$command" >>"$results/parts"
    failed+=("$name")
    continue
  fi
  say "$name: at most $left s: $command"
  begin=$SECONDS code=0
  # shellcheck disable=SC2086 # the table's commands are words without quotes
  timeout --kill-after=5 "$left" $command >"$results/$name.out" 2>"$results/$name.err" </dev/null || code=$?
  took=$((SECONDS - begin))
  # ctest calls a test that was skipped a success, and says so.
  if [ "$name" = tests ] && [ $code -eq 0 ] && grep -q '(Skipped)' "$results/$name.out"; then code=77; fi
  case $code in
    0) state=passed ;;
    77) state="no device" ;;
    78) state=skipped ;;
    124 | 137) state="not done after $left s" ;;
    *) state="failed with exit code $code" ;;
  esac
  say "$name: $state ($took s)"
  ran=$((ran + 1))
  case $code in
    0) ;;
    77) without_device=$((without_device + 1)) ;;
    78) tail -n 1 "$results/$name.err" >&2 ;;
    *)
      failed+=("$name")
      tail -n 15 "$results/$name.out" "$results/$name.err" >&2
      ;;
  esac
  printf '%s\t%s\t%s\t%s\n' "$name" "$state" "$took" "$command" >>"$results/parts"
done < <(parts)

if [ "$without_device" -gt 0 ] && [ ${#failed[@]} -eq 0 ]; then
  say "no device: $without_device of $ran parts had nothing to run on, and no result was written"
  exit 0
fi
python3 benchmarks/gpu_report.py "$results" --out "$out" || failed+=(report)
if [ ${#failed[@]} -gt 0 ]; then
  say "FAILED: ${failed[*]}"
  exit 1
fi
say "all $ran parts passed"
