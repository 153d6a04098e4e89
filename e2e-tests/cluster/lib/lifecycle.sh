# Starting, finding and removing a cluster.
# shellcheck shell=bash disable=SC2154

KIND_NAME="ballast-$CLUSTER_NAME"

# given (BALLAST_E2E_KUBECONFIG), own (booted here), kind, or none
cluster_kind() {
    if [ -n "${BALLAST_E2E_KUBECONFIG:-}" ]; then
        echo given
    elif node_alive; then
        echo own
    elif command -v kind >/dev/null && kind get clusters 2>/dev/null | grep -qx "$KIND_NAME"; then
        echo kind
    else
        echo none
    fi
}

# A process id with its start time, so that a reused number is not taken for ours.
process_mark() {
    local fields
    fields="$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null)" && printf '%s %s\n' "$1" "$(cut -d' ' -f20 <<<"$fields")"
}
mark_alive() { [ -f "$1" ] && [ "$(cat "$1")" = "$(process_mark "$(cut -d' ' -f1 "$1")")" ]; }
marked_pid() { cut -d' ' -f1 "$1"; }

node_alive() { mark_alive "$STATE/node"; }
in_node() { nsenter -t "$(marked_pid "$STATE/node")" -n -m -p -- "$@"; }
in_network() { nsenter -t "$(marked_pid "$STATE/node")" -n -- "$@"; }
kube() { "$BIN/kubectl" --kubeconfig "$STATE/kubeconfig" "$@"; }

KERNEL_SETTINGS=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes)

# The kubelet sets these for the whole machine; `down` puts them back.
save_kernel_settings() {
    local name
    for name in "${KERNEL_SETTINGS[@]}"; do
        [ ! -r "/proc/sys/${name//.//}" ] || printf '%s %s\n' "$name" "$(cat "/proc/sys/${name//.//}")"
    done >"$STATE/kernel-settings"
}

restore_kernel_settings() {
    local name value
    [ -f "$STATE/kernel-settings" ] || return 0
    while read -r name value; do
        echo "$value" >"/proc/sys/${name//.//}" || say "kernel setting $name could not be put back to $value"
    done <"$STATE/kernel-settings"
}

# The kubelet wants its root group to exist in every hierarchy.
control_groups() { awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' /proc/mounts; }
make_control_groups() {
    local mount name
    for mount in $(control_groups); do
        mkdir -p "$mount/$CGROUP"
        for name in cpuset.cpus cpuset.mems; do
            [ ! -e "$mount/$CGROUP/$name" ] || [ -n "$(cat "$mount/$CGROUP/$name")" ] || cat "$mount/$name" >"$mount/$CGROUP/$name"
        done
    done
}

remove_control_groups() {
    local mount try
    for mount in $(control_groups); do
        for try in $(seq 50); do
            [ -d "$mount/$CGROUP" ] || break
            find "$mount/$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null || true
            [ ! -d "$mount/$CGROUP" ] || sleep 0.1
        done
        [ ! -d "$mount/$CGROUP" ] || say "control group $mount/$CGROUP is still in use (try $try)"
    done
}

# Folders that the node mounts over; those that were not there are removed again.
MOUNT_POINTS=(/var/lib/kubelet /var/lib/cni)
make_mount_points() {
    local folder
    : >"$STATE/made-folders"
    for folder in "${MOUNT_POINTS[@]}"; do
        [ -d "$folder" ] || { mkdir -p "$folder"; echo "$folder" >>"$STATE/made-folders"; }
    done
}

start_node() {
    local pid child
    export STATE BIN NODE_IP NODE_NAME SERVICE_CIDR CGROUP POLICIES here
    setsid unshare --net --pid --fork --kill-child --mount --mount-proc --propagation slave \
        "$here/lib/node.sh" >"$STATE/node.log" 2>&1 </dev/null &
    pid=$!
    for _ in $(seq 100); do
        child="$(cut -d' ' -f1 "/proc/$pid/task/$pid/children" 2>/dev/null || true)"
        [ -z "$child" ] || break
        sleep 0.05
    done
    [ -n "${child:-}" ] || { cat "$STATE/node.log" >&2; fail "the node did not start"; }
    process_mark "$child" >"$STATE/node"
    disown
}

start_forwarder() {
    local pid
    setsid "$BIN/forward" -namespace "/proc/$(marked_pid "$STATE/node")/ns/net" -to 127.0.0.1:6443 \
        -listen "127.0.0.1:${BALLAST_CLUSTER_PORT:-0}" -port-file "$STATE/port" >"$STATE/forward.log" 2>&1 </dev/null &
    pid=$!
    process_mark "$pid" >"$STATE/forwarder"
    disown
    for _ in $(seq 100); do
        [ ! -s "$STATE/port" ] || break
        sleep 0.05
    done
    [ -s "$STATE/port" ] || { cat "$STATE/forward.log" >&2; fail "the API server's port could not be opened"; }
    kubeconfig_file "$STATE/kubeconfig" admin "https://127.0.0.1:$(cat "$STATE/port")"
}

wait_until_ready() {
    local deadline=$((SECONDS + ${BALLAST_CLUSTER_TIMEOUT:-240}))
    until [ -e "$STATE/run/started" ] && kube wait --for=condition=Ready "node/$NODE_NAME" --timeout=5s >/dev/null 2>&1 \
        && kube get serviceaccount default >/dev/null 2>&1; do
        if ! node_alive || [ $SECONDS -ge $deadline ]; then
            tail -n 5 "$STATE/node.log" "$STATE"/log/{etcd,kube-apiserver,containerd,kubelet}.log >&2 || true
            fail "the cluster did not become ready; logs: $STATE/log; remove it with ./ballast cluster down"
        fi
        sleep 0.3
    done
}

boot_own() {
    local start=$SECONDS lack POLICIES=enforced
    check_machine
    lack="$(policies_lack)"
    if [ -n "$lack" ]; then
        POLICIES=ignored
        say "network policies will not be enforced; missing: $lack"
    else
        NODE_PROGRAMS+=(kube-router)
    fi
    cluster_build "${NODE_PROGRAMS[@]}" >/dev/null
    start=$SECONDS
    [ ! -e "$STATE" ] || remove_own
    mkdir -p "$STATE" && chmod 755 "$STATE"
    mkdir -m 1777 "$SHARED"
    make_pki
    configure_node
    make_pause_image
    save_kernel_settings
    make_mount_points
    make_control_groups
    start_node
    start_forwarder
    wait_until_ready
    say "ready after $((SECONDS - start)) s: Kubernetes $KUBERNETES_VERSION, one node; export KUBECONFIG=$STATE/kubeconfig"
}

stop_process() {
    local try
    mark_alive "$1" || return 0
    kill -"${2:-TERM}" "$(marked_pid "$1")" 2>/dev/null || true
    for try in $(seq 100); do
        mark_alive "$1" || return 0
        [ "$try" != 50 ] || kill -KILL "$(marked_pid "$1")" 2>/dev/null || true
        sleep 0.1
    done
    fail "process $(marked_pid "$1") does not end"
}

remove_own() {
    local folder
    stop_process "$STATE/forwarder"
    stop_process "$STATE/node" KILL
    restore_kernel_settings
    remove_control_groups
    # Mounts end with the namespaces; should one be left, deleting would reach into it.
    ! grep -q " $STATE/" /proc/mounts || fail "there are still mounts below $STATE"
    if [ -f "$STATE/made-folders" ]; then
        while read -r folder; do rmdir "$folder" 2>/dev/null || true; done <"$STATE/made-folders"
    fi
    rm -rf --one-file-system "$STATE"
    rmdir "$(dirname "$STATE")" 2>/dev/null || true
}

cluster_up() {
    case "$(cluster_kind)" in
        given) cluster_status ;;
        own | kind) say "it runs already" ;;
        none)
            [ "${1:-}" != --install ] || install_packages
            if command -v kind >/dev/null && [ "${BALLAST_CLUSTER_KIND:-}" != own ]; then
                mkdir -p "$STATE"
                kind create cluster --name "$KIND_NAME" --kubeconfig "$STATE/kubeconfig" --wait 120s >&2
            else
                boot_own
            fi
            ;;
    esac
    cluster_kubeconfig
}

cluster_down() {
    case "$(cluster_kind)" in
        given) say "the cluster of BALLAST_E2E_KUBECONFIG is not ours to stop" ;;
        kind) kind delete cluster --name "$KIND_NAME" >&2 && rm -rf "$STATE" ;;
        own | none) [ ! -e "$STATE" ] || remove_own ;;
    esac
}

cluster_kubeconfig() {
    case "$(cluster_kind)" in
        given) printf '%s\n' "$BALLAST_E2E_KUBECONFIG" ;;
        own | kind) printf '%s\n' "$STATE/kubeconfig" ;;
        none) fail "there is no cluster; start it with ./ballast cluster up" ;;
    esac
}

cluster_status() {
    local kind kubectl=kubectl
    kind="$(cluster_kind)"
    [ "$kind" != none ] || { say "no cluster"; exit "$EXIT_FAILED"; }
    [ ! -x "$BIN/kubectl" ] || kubectl="$BIN/kubectl"
    say "$kind cluster, kubeconfig $(cluster_kubeconfig)"
    [ "$kind" != own ] || [ ! -f "$STATE/pids/kube-router" ] || say "network policies are enforced"
    "$kubectl" --kubeconfig "$(cluster_kubeconfig)" get nodes,pods -A -o wide >&2
}

# A cluster that was only found has no node that this command knows.
needs_own_node() {
    case "$(cluster_kind)" in
        own) ;;
        none) fail "there is no cluster; start it with ./ballast cluster up" ;;
        *) unavailable "only the cluster from binaries knows this, and another is in use: $(cluster_kubeconfig)" ;;
    esac
}

cluster_root() {
    case "$(cluster_kind)" in
        own) printf '/proc/%s/root\n' "$(marked_pid "$STATE/node")" ;;
        kind) printf '/proc/%s/root\n' "$(docker inspect --format '{{.State.Pid}}' "$KIND_NAME-control-plane")" ;;
        given) unavailable "the files of the cluster of BALLAST_E2E_KUBECONFIG cannot be seen from this machine" ;;
        none) fail "there is no cluster; start it with ./ballast cluster up" ;;
    esac
}

# restart PROGRAM: ends one of the node's programs; it starts again by itself. pause, resume: the same with stopping.
cluster_signal() {
    local signal="$1" program="${2:-}"
    needs_own_node
    if [ -z "$program" ] || [ ! -f "$STATE/pids/$program" ]; then
        say "expected one of: $(cd "$STATE/pids" && echo *)"
        exit "$EXIT_USAGE"
    fi
    in_node kill -"$signal" "$(cat "$STATE/pids/$program")"
}

# kill CONTAINER: it is not asked to stop, as when the node's memory is used up.
cluster_kill() {
    local container="${1:-}"
    needs_own_node
    [ -n "$container" ] || fail "expected: kill CONTAINER"
    in_node ctr -a /run/containerd/containerd.sock -n k8s.io tasks kill -s SIGKILL "${container#containerd://}" >&2
}
