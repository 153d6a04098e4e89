# What this machine lacks for a cluster from binaries. Says everything at once.
# shellcheck shell=bash disable=SC2154

DEBIAN_PACKAGES=(containerd runc containernetworking-plugins iptables ipset conntrack iproute2 openssl util-linux mmdebstrap)

# Does nothing if all is there.
install_packages() {
    local program have=true
    for program in containerd ctr runc iptables ipset conntrack ip openssl unshare nsenter mmdebstrap; do
        command -v "$program" >/dev/null || have=false
    done
    if $have && [ -n "$(cni_folder)" ]; then return; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        skip "install works only as root on Debian and its relatives; install what offers: ${DEBIAN_PACKAGES[*]}"
    fi
    apt-get update -q >&2 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${DEBIAN_PACKAGES[@]}" >&2
}

cni_folder() {
    local folder
    for folder in /usr/lib/cni /opt/cni/bin /usr/libexec/cni; do
        [ -x "$folder/bridge" ] && { printf '%s' "$folder"; return; }
    done
}

# Runs a command in throw-away namespaces, as the cluster will.
in_fresh_namespaces() { unshare --net --mount --pid --fork --mount-proc sh -c "$1" >/dev/null 2>&1; }

check_kernel() {
    in_fresh_namespaces true || { missing+=("the kernel or a sandbox forbids new network, mount and process namespaces (unshare failed)"); return; }
    in_fresh_namespaces 'ip link add test0 type bridge' || missing+=("bridge devices (kernel option CONFIG_BRIDGE, module bridge)")
    in_fresh_namespaces 'ip link add test0 type veth peer name test1' || missing+=("veth devices (kernel option CONFIG_VETH, module veth)")
    in_fresh_namespaces 'iptables -t nat -N TEST && iptables -t filter -A OUTPUT -m conntrack --ctstate NEW -m comment --comment x' \
        || missing+=("iptables with nat and conntrack (kernel options CONFIG_NF_NAT, CONFIG_NF_CONNTRACK)")
    # shellcheck disable=SC2016
    in_fresh_namespaces 'd=$(mktemp -d) && mount -t tmpfs tmpfs $d && mkdir $d/l $d/u $d/w $d/m && mount -t overlay overlay -o lowerdir=$d/l,upperdir=$d/u,workdir=$d/w $d/m; r=$?; umount -R $d; rmdir $d; exit $r' \
        || missing+=("overlay file systems (kernel option CONFIG_OVERLAY_FS, module overlay)")
    grep -qE ' cgroup2? ' /proc/mounts || missing+=("control groups: none are mounted")
    grep -q ' cgroup2 /sys/fs/cgroup ' /proc/mounts || grep -qE ' cgroup [^ ]*memory' /proc/mounts || grep -q '/sys/fs/cgroup/memory' /proc/mounts \
        || missing+=("the memory controller of the control groups")
}

# Says what is missing for the agent that enforces network policies; nothing if all is there. The cluster runs without it, too.
policies_lack() {
    local rule='iptables -A FORWARD -m set --match-set test src -m physdev --physdev-is-bridged -m mark --mark 0x1/0x1 -j REJECT'
    command -v ipset >/dev/null || { echo "the program ipset (on Debian, ./ballast cluster install gets it)"; return; }
    in_fresh_namespaces "ipset create test hash:ip && $rule" || { echo "the kernel options CONFIG_IP_SET and CONFIG_NETFILTER_XT_MATCH_PHYSDEV"; return; }
    [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || { echo "the kernel option CONFIG_BRIDGE_NETFILTER (module br_netfilter)"; return; }
    [ -x "$BIN/kube-router" ] || command -v go >/dev/null || echo "the Go toolchain, which builds kube-router once"
}

# Ends with EXIT_SKIPPED and a list if something is missing.
check_machine() {
    local missing=() program
    [ "$(uname -s)" = Linux ] || skip "Linux (found $(uname -s))"
    [ "$(id -u)" = 0 ] || missing+=("root: namespaces, mounts and control groups need it (run it with sudo, or set BALLAST_E2E_KUBECONFIG, or install kind)")
    for program in containerd ctr runc iptables conntrack ip openssl unshare nsenter; do
        command -v "$program" >/dev/null || missing+=("the program $program (on Debian, ./ballast cluster install gets it)")
    done
    [ -n "$(cni_folder)" ] || missing+=("the standard CNI plugins (on Debian, containernetworking-plugins)")
    for program in "${NODE_PROGRAMS[@]}"; do
        [ -x "$BIN/$program" ] || command -v go >/dev/null || { missing+=("the Go toolchain, which builds Kubernetes once"); break; }
    done
    [ ${#missing[@]} -gt 0 ] || check_kernel
    [ ${#missing[@]} -eq 0 ] || skip "${missing[@]}"
}
