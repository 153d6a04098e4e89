#!/usr/bin/env bash
# Runs every example with three seeds and writes the table of docs/design/results.md.
#   benchmarks/examples/run.sh OUT [SEEDS...]      default seeds: 0 1 2
# A run that is complete in OUT is not run again.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
out="${1:?usage: run.sh OUT [SEEDS...]}"
shift
seeds=("${@:-0}")
[ "$#" -gt 0 ] || seeds=(0 1 2)
mkdir -p "$out"
for seed in "${seeds[@]}"; do
    for example in quickstart off-policy-r2 off-policy-r3; do
        folder="$out/$example-$seed"
        if [ -f "$folder.seconds" ]; then
            continue
        fi
        rm -rf "$folder"
        start=$SECONDS
        "$root/ballast" run "$root/examples/$example/rlrun.yaml" --out "$folder" \
            --set "spec.seed=$seed" --set "spec.model.random.seed=$seed" >"$folder.log" 2>&1
        echo $((SECONDS - start)) >"$folder.seconds"
    done
done
python3 "$here/summarize.py" "$out"
