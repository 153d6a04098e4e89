# Images as docker-save tars, made without a daemon.
# shellcheck shell=bash disable=SC2154

# The pod's first process: one static program in one layer.
make_pause_image() {
    local work
    work="$(mktemp -d)"
    tar -C "$BIN" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" pause
    cat >"$work/config.json" <<JSON
{"architecture":"$(go_architecture)","os":"linux","config":{"Entrypoint":["/pause"],"User":"65535:65535"},
 "rootfs":{"type":"layers","diff_ids":["sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)"]}}
JSON
    printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]\n' "$PAUSE_IMAGE" >"$work/manifest.json"
    tar -C "$work" -cf "$STATE/pause.tar" manifest.json config.json layer.tar
    rm -rf "$work"
}

go_architecture() { case "$(uname -m)" in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac; }

# Imports docker-save or OCI tars; by default those that ./ballast images has made.
cluster_load() {
    local tar
    if [ $# -eq 0 ]; then
        for tar in "$root"/*/target/images/jib-image.tar; do
            [ ! -f "$tar" ] || set -- "$@" "$tar"
        done
        [ $# -gt 0 ] || fail "no image to load; build the images with ./ballast images"
    fi
    for tar in "$@"; do
        [ -f "$tar" ] || fail "$tar: no such file"
        case "$(cluster_kind)" in
            own) in_node ctr -a /run/containerd/containerd.sock -n k8s.io images import --snapshotter overlayfs "$(realpath "$tar")" >&2 ;;
            kind) kind load image-archive --name "$KIND_NAME" "$tar" >&2 ;;
            given) fail "images cannot be loaded into the cluster of BALLAST_E2E_KUBECONFIG; push them to a registry that it reads" ;;
            none) fail "there is no cluster; start it with ./ballast cluster up" ;;
        esac
    done
}
