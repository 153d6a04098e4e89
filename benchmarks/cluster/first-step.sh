#!/usr/bin/env bash
# From `kubectl apply` to the first training step, on the cluster that $KUBECONFIG names, with the chart installed.
#   benchmarks/cluster/first-step.sh [REPEATS] [FILE]     default: 5 examples/quickstart/rlrun.yaml
# Prints seconds since the apply, one line per run and the medians. Needs kubectl and python3; clocks of the node and
# of this machine must agree.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
repeats="${1:-5}"
file="${2:-$root/examples/quickstart/rlrun.yaml}"
: "${KUBECONFIG:?expected the kubeconfig of a cluster with the chart: ./ballast cluster up}"
namespace=ballast-first-step
run="$(sed -n 's/^  name: //p' "$file" | head -1)"
times="$(mktemp)"
trap 'rm -f "$times"; kubectl delete namespace "$namespace" --ignore-not-found --wait=false >/dev/null' EXIT

learner_log() { kubectl logs -n "$namespace" "$run-learner-0-1" -c learner --timestamps 2>/dev/null || true; }

for _ in $(seq "$repeats"); do
    kubectl create namespace "$namespace" >/dev/null
    start="$(date +%s.%N)"
    kubectl apply -n "$namespace" -f "$file" >/dev/null
    deadline=$((SECONDS + 600))
    until learner_log | grep -q ' step 1/'; do
        if ((SECONDS > deadline)); then
            echo "no step after 600 s:" >&2
            kubectl describe rlrun -n "$namespace" "$run" >&2
            exit 1
        fi
        sleep 0.5
    done
    pod="$(kubectl get pod -n "$namespace" "$run-learner-0-1" -o json)"
    learner_log | START="$start" POD="$pod" python3 -c '
import datetime, json, os, re, sys
def seconds(text):
    text = re.sub(r"(\.\d{6})\d*", r"\1", text.replace("Z", "+00:00"))
    return round(datetime.datetime.fromisoformat(text).timestamp() - float(os.environ["START"]), 1)
pod = json.loads(os.environ["POD"])
row = {"pod made": seconds(pod["metadata"]["creationTimestamp"]),
       "fetched": seconds(pod["status"]["initContainerStatuses"][-1]["state"]["terminated"]["finishedAt"])}
marks = {"learner answers": "progress at", "cold start begins": "cold start 1/", "weights served": " step 0/", "first step": " step 1/"}
for line in sys.stdin:
    for name, mark in marks.items():
        if mark in line:
            row.setdefault(name, seconds(line.split(" ", 1)[0]))
print(json.dumps(row))' | tee -a "$times"
    kubectl delete namespace "$namespace" --wait >/dev/null
done
python3 -c '
import json, statistics, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
print("median", json.dumps({key: round(statistics.median(row[key] for row in rows if key in row), 1) for key in rows[0]}))' "$times"
