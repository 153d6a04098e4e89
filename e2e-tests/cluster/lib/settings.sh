# Names, versions and places. Sourced by ../cluster.
# shellcheck shell=bash disable=SC2034

KUBERNETES_VERSION=1.34.4
ETCD_VERSION=3.6.5

# Several clusters can run side by side: nothing of one is visible to another.
CLUSTER_NAME="${BALLAST_CLUSTER_NAME:-ballast}"
STATE="${BALLAST_CLUSTER_STATE:-/var/lib/ballast-cluster}/$CLUSTER_NAME"
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/ballast/cluster"
BIN="$CACHE/kubernetes-${KUBERNETES_VERSION}_etcd-${ETCD_VERSION}/bin"
# A folder that pods may mount as hostPath; it ends with the cluster.
SHARED="$STATE/shared"

# Exit codes. SKIPPED: this machine cannot run a cluster, or the one in use has no such thing, so tests that need it are
# skipped, not passed.
EXIT_USAGE=64
EXIT_FAILED=69
EXIT_SKIPPED=77

SERVICE_CIDR=10.96.0.0/16
API_SERVICE_IP=10.96.0.1
DNS_SERVICE_IP=10.96.0.10
POD_CIDR=10.244.0.0/24
NODE_IP=10.244.255.1
NODE_NAME=node0
PAUSE_IMAGE=ballast.rl/pause:1
CGROUP="ballast-$CLUSTER_NAME"

say() { printf 'cluster: %s\n' "$*" >&2; }
fail() { say "$*"; exit "$EXIT_FAILED"; }
# For what only some clusters can do.
unavailable() { say "$*"; exit "$EXIT_SKIPPED"; }
skip() {
    say "SKIPPED: this machine cannot run the cluster:"
    printf '  - %s\n' "$@" >&2
    exit "$EXIT_SKIPPED"
}
