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

# The same programs as an image of its own: another name, another digest (the day it was made is part of it).
cluster_load_as() {
    local name="${1:-}" tar="${2:-}"
    [ -n "$name" ] || fail "expected: load --as NAME TAR"
    [ -f "$tar" ] || fail "$tar: no such file"
    work_folder="$(mktemp -d)"
    trap 'rm -rf "$work_folder"' EXIT
    mkdir "$work_folder/image"
    tar -C "$work_folder/image" -xf "$tar"
    sed -i 's|"RepoTags":\[[^]]*\]|"RepoTags":["'"$name"'"]|' "$work_folder/image/manifest.json"
    sed -i '1s|"created":"[^"]*"|"created":"2001-01-01T00:00:00Z"|' "$work_folder/image/config.json"
    tar -C "$work_folder/image" -cf "$work_folder/image.tar" .
    cluster_load "$work_folder/image.tar"
}

# An image that runs can take files from: they lie in /data, beside this machine's cp with its libraries.
cluster_load_files() {
    local name="${1:-}" image layer file
    [ $# -ge 2 ] || fail "expected: load --files NAME FILE..."
    work_folder="$(mktemp -d)"
    trap 'rm -rf "$work_folder"' EXIT
    image="$work_folder/image" layer="$work_folder/layer"
    mkdir -p "$image" "$layer/data" "$layer/bin"
    cp -r "${@:2}" "$layer/data"
    cp -L "$(command -v cp)" "$layer/bin/cp"
    for file in $(ldd "$layer/bin/cp" | grep -o '/[^ ]*'); do
        install -D "$file" "$layer$file"
    done
    chmod -R a+rX "$layer"
    tar -C "$layer" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$image/layer.tar" .
    cat >"$image/config.json" <<JSON
{"architecture":"$(go_architecture)","os":"linux","config":{"Env":["PATH=/bin"],"User":"65535:65535"},
 "rootfs":{"type":"layers","diff_ids":["sha256:$(sha256sum "$image/layer.tar" | cut -d' ' -f1)"]}}
JSON
    printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]\n' "$name" >"$image/manifest.json"
    tar -C "$image" -cf "$work_folder/image.tar" .
    cluster_load "$work_folder/image.tar"
}

# Imports docker-save or OCI tars; by default those that ./ballast images has made.
cluster_load() {
    local tar
    if [ "${1:-}" = --as ]; then
        shift
        cluster_load_as "$@"
        return
    fi
    if [ "${1:-}" = --files ]; then
        shift
        cluster_load_files "$@"
        return
    fi
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
            given) unavailable "images cannot be loaded into the cluster of BALLAST_E2E_KUBECONFIG; push them to a registry that it reads" ;;
            none) fail "there is no cluster; start it with ./ballast cluster up" ;;
        esac
    done
}
