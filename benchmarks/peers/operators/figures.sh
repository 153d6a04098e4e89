#!/bin/bash
# Figures of Ballast's operator alone, on the control plane of run.sh: start to leadership, idle memory, reconciles with
# nothing to do, and what a pool of 500 engines costs another run.
# usage: benchmarks/peers/operators/figures.sh      (needs root, Go, and the images: ./ballast images)
set -euo pipefail
cd "$(dirname "$0")"; root=$(cd ../../..; pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ballast
export OP_BIN=$cache/peers/bin SRC=$cache/peers/src PEERS=$cache/peers/state NETNS=ballast-peers
export KWOK=$OP_BIN/kwok
./build.sh
KWOK_SRC=$(go env GOMODCACHE)/sigs.k8s.io/kwok@v0.7.0; export KWOK_SRC
K8S_BIN=$("$root/e2e-tests/cluster/cluster" build etcd kube-apiserver kube-controller-manager kube-scheduler kubectl | tail -1); export K8S_BIN
kubectl() { ip netns exec "$NETNS" "$K8S_BIN/kubectl" --kubeconfig "$PEERS/admin.conf" "$@"; }
trap './op.sh stop operator; ./down.sh -w' EXIT
./down.sh -w; ./up.sh
kubectl apply --server-side -f "$root/crds/src/main/resources/crds" >/dev/null
kubectl apply -f store.yaml >/dev/null
start() {
    ./op.sh start operator env QUARKUS_HTTP_HOST=127.0.0.1 POD_NAMESPACE=default ./ballast.sh
}
ip netns exec "$NETNS" ./figures.py begin
start
ip netns exec "$NETNS" ./figures.py leader
ip netns exec "$NETNS" ./figures.py neighbour
ip netns exec "$NETNS" ./figures.py idle
