#!/bin/bash
# Ballast's operator beside KubeRay on one control plane with simulated nodes, in the same minutes.
# usage: benchmarks/peers/operators/run.sh [N...]      (default 200; needs root, Go, and the images: ./ballast images)
set -euo pipefail
cd "$(dirname "$0")"; root=$(cd ../../..; pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ballast
export OP_BIN=$cache/peers/bin SRC=$cache/peers/src PEERS=$cache/peers/state NETNS=ballast-peers
export KWOK=$OP_BIN/kwok MEASURE=$OP_BIN/measure
./build.sh
KWOK_SRC=$(go env GOMODCACHE)/sigs.k8s.io/kwok@v0.7.0; export KWOK_SRC
ray=$(go env GOMODCACHE)/github.com/ray-project/kuberay/ray-operator@v1.4.2
K8S_BIN=$("$root/e2e-tests/cluster/cluster" build etcd kube-apiserver kube-controller-manager kube-scheduler kubectl | tail -1); export K8S_BIN
kubectl() { ip netns exec "$NETNS" "$K8S_BIN/kubectl" --kubeconfig "$PEERS/admin.conf" "$@"; }
trap './down.sh -w' EXIT
./down.sh -w; ./up.sh
kubectl apply --server-side -f "$ray/config/crd/bases" >/dev/null
kubectl apply --server-side -f "$root/crds/src/main/resources/crds" >/dev/null
kubectl apply -f store.yaml >/dev/null
for n in "${@:-200}"; do
    ./run-kuberay.sh "$n" 10 1
    ./op.sh stop operator
    ./op.sh start operator env QUARKUS_HTTP_HOST=127.0.0.1 POD_NAMESPACE=default ./ballast.sh
    for _ in $(seq 120); do ip netns exec "$NETNS" curl -fs http://127.0.0.1:8080/q/health/ready >/dev/null && break; sleep 0.5; done
    sleep 2
    ./bench.sh "ballast-$n-1" rlrun "$n" 2 ballast.rl/run 'status.conditions[type=Ready].status=True' -timeout 8m
    ./op.sh stop operator
done
./summary.py
