# Builds the cluster's programs with the Go toolchain, from the modules that binaries/*/go.sum pin.
# shellcheck shell=bash disable=SC2154

# A line for each program: program, folder below binaries/, package.
programs() {
    cat <<'LIST'
etcd                    etcd             go.etcd.io/etcd/server/v3
kube-apiserver          kubernetes       k8s.io/kubernetes/cmd/kube-apiserver
kubectl                 kubernetes       k8s.io/kubernetes/cmd/kubectl
kube-controller-manager kubernetes       k8s.io/kubernetes/cmd/kube-controller-manager
kube-scheduler          kubernetes       k8s.io/kubernetes/cmd/kube-scheduler
kubelet                 kubernetes       k8s.io/kubernetes/cmd/kubelet
kube-proxy              kubernetes       k8s.io/kubernetes/cmd/kube-proxy
forward                 local            ballast.rl/e2e-tests/local/forward
pause                   local            ballast.rl/e2e-tests/local/pause
coredns                 coredns          ballast.rl/e2e-tests/coredns
kube-router             kube-router      github.com/cloudnativelabs/kube-router/v2/cmd/kube-router
helm                    helm             helm.sh/helm/v3/cmd/helm
kubeconform             kubeconform      github.com/yannh/kubeconform/cmd/kubeconform
LIST
}

# What a program is built from, as a digest: a change of a pin rebuilds it.
pins_digest() { find "$1" -type f \( -name 'go.*' -o -name '*.go' \) | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16; }

# What a node runs; the others are tools for people and tests.
# shellcheck disable=SC2034
NODE_PROGRAMS=(etcd kube-apiserver kubectl kube-controller-manager kube-scheduler kubelet kube-proxy coredns forward pause)

build_one() {
    local program="$1" folder="$here/binaries/$2" package="$3" digest pin start=$SECONDS
    digest="$(pins_digest "$folder")"
    pin="$BIN/.$program.pin"
    if [ -x "$BIN/$program" ] && [ "$(cat "$pin" 2>/dev/null)" = "$digest" ]; then
        return
    fi
    command -v go >/dev/null || fail "the Go toolchain is needed to build $program (for example: apt-get install golang, or go.dev/dl); 1.26 or newer"
    say "building $program (once; kept in $BIN)"
    local version="k8s.io/component-base/version"
    local flags="-s -w"
    [ "$2" = kubernetes ] && flags+=" -X $version.gitVersion=v$KUBERNETES_VERSION -X $version.gitMajor=1 -X $version.gitMinor=34 -X $version.gitTreeState=clean"
    # A program appears under its name only when it is complete; two builds at once do not disturb each other.
    (
        cd "$folder"
        export CGO_ENABLED=0 GOWORK=off GOFLAGS="-buildvcs=false -trimpath -mod=readonly"
        exec nice -n "${BALLAST_BUILD_NICE:-10}" go build -ldflags "$flags" -o "$BIN/.$program.$$" "$package"
    ) || fail "$program did not build; what the Go toolchain said stands above"
    mv -f "$BIN/.$program.$$" "$BIN/$program"
    printf '%s\n' "$digest" >"$pin"
    say "built $program in $((SECONDS - start)) s"
}

# Builds the named programs, or all; prints the folder that holds them.
cluster_build() {
    local program folder package wanted known
    mkdir -p "$BIN"
    known=" $(programs | awk '{printf "%s ", $1}')"
    for wanted in "$@"; do
        [[ "$known" == *" $wanted "* ]] || { say "unknown program $wanted; there are:$known"; exit "$EXIT_USAGE"; }
    done
    # One build at a time: a second caller waits and then finds the programs made.
    exec 8>"$BIN/.lock"
    flock 8
    while read -r program folder package; do
        [ $# -eq 0 ] || [[ " $* " == *" $program "* ]] || continue
        build_one "$program" "$folder" "$package" </dev/null
    done < <(programs)
    exec 8>&-
    printf '%s\n' "$BIN"
}
