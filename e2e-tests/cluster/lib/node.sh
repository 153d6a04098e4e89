#!/usr/bin/env bash
# The node: the first process of its own process, mount and network namespaces. When it ends, the kernel ends everything
# that runs in the cluster and drops its mounts and devices. usage: node.sh (environment from lib/lifecycle.sh)
set -euo pipefail
: "${STATE:?}" "${BIN:?}" "${NODE_IP:?}" "${NODE_NAME:?}" "${SERVICE_CIDR:?}" "${CGROUP:?}" "${POLICIES:?}" "${here:?}"
trap 'exit 0' TERM INT

# Mounts made here stay here; pods see each other's.
mount --make-rshared /
private() { mount --bind "$STATE/$1" "$2"; }
mkdir -p "$STATE"/{run,pids,log,kubelet,cni,etcd,volumes}
mount -t tmpfs -o mode=0755 tmpfs /run
private log /var/log
private kubelet /var/lib/kubelet
private cni /var/lib/cni

# The network: all addresses lie on a bridge without a port, so no packet can leave the namespace.
ip link set lo up
ip link add node0 type bridge
ip addr add "$NODE_IP/32" dev node0
ip link set node0 up
ip route add "$SERVICE_CIDR" dev node0
ip route add default dev node0 src "$NODE_IP"
echo 1 >/proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables

# service NAME COMMAND...: runs it, and again one second after it ends; log and process id by name.
service() {
    local name="$1"
    shift
    (
        trap - TERM INT
        while :; do
            "$@" >>"$STATE/log/$name.log" 2>&1 </dev/null &
            echo $! >"$STATE/pids/$name"
            wait $! || true
            echo "$name ended; it starts again" >>"$STATE/log/$name.log"
            sleep 1
        done
    ) &
}
until_true() {
    local tries="$1"
    shift
    for _ in $(seq "$tries"); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "gave up waiting: $*" >&2
    exit 1
}

pki="$STATE/pki"
service etcd "$BIN/etcd" --data-dir "$STATE/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
service containerd containerd --config "$STATE/config/containerd.toml"
service kube-apiserver "$BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --advertise-address="$NODE_IP" \
    --secure-port=6443 --service-cluster-ip-range="$SERVICE_CIDR" --client-ca-file="$pki/ca.crt" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
    --service-account-key-file="$pki/service-account.pub" --service-account-signing-key-file="$pki/service-account.key" \
    --service-account-issuer=https://kubernetes.default.svc --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --allow-privileged=true --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" \
    --kubelet-preferred-address-types=InternalIP
export KUBECONFIG="$pki/admin.conf"
until_true 600 "$BIN/kubectl" get --raw /readyz
service kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$pki/controller-manager.conf" --leader-elect=false \
    --use-service-account-credentials --service-account-private-key-file="$pki/service-account.key" --root-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" --node-monitor-grace-period=20s
service kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$pki/scheduler.conf" --leader-elect=false
until_true 100 ctr -a /run/containerd/containerd.sock -n k8s.io images import "$STATE/pause.tar"
service kubelet "$BIN/kubelet" --config="$STATE/config/kubelet.yaml" --kubeconfig="$pki/kubelet.conf" \
    --hostname-override="$NODE_NAME" --node-ip="$NODE_IP" --v=1
service kube-proxy "$BIN/kube-proxy" --config="$STATE/config/proxy.yaml"
# Of kube-router only what enforces network policies.
[ "$POLICIES" = ignored ] || service kube-router "$BIN/kube-router" --kubeconfig="$KUBECONFIG" --hostname-override="$NODE_NAME" \
    --run-firewall --run-router=false --run-service-proxy=false --enable-cni=false --service-cluster-ip-range="$SERVICE_CIDR" --health-port=0
until_true 50 "$BIN/kubectl" apply --server-side -f "$here/config/cluster.yaml"
service coredns "$BIN/coredns" -conf "$STATE/config/Corefile"
for kind in claims volumes; do
    service "provision-$kind" "$here/lib/provisioner.sh" "$kind" "$BIN/kubectl" "$KUBECONFIG" "$STATE/volumes"
done
touch "$STATE/run/started"
# Wait for a signal; collect the processes whose parents ended before them.
while :; do
    sleep infinity &
    wait $! || true
done
