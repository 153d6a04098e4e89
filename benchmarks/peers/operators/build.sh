#!/bin/bash
# Builds KWOK, the peer and the harness with the Go toolchain into $OP_BIN; env: OP_BIN, SRC (scratch for module copies)
set -euo pipefail
: "${OP_BIN:?}" "${SRC:?}"; here=$(cd "$(dirname "$0")"; pwd); mkdir -p "$OP_BIN" "$SRC"
export GOFLAGS="-buildvcs=false -trimpath"; M=$(go env GOMODCACHE)
one() { # module version package binary
  [ ! -x "$OP_BIN/$4" ] || return 0
  cd "$SRC"; go mod download "$1@$2"; rm -rf "${SRC:?}/$4"; cp -r --no-preserve=mode "$M/$1@$2" "$SRC/$4"
  cd "$SRC/$4"; go build -ldflags="-s -w" -o "$OP_BIN/$4" "$3"; }
one sigs.k8s.io/kwok v0.7.0 ./cmd/kwok kwok
one github.com/ray-project/kuberay/ray-operator v1.4.2 . ray-operator
[ -x "$OP_BIN/measure" ] || { cd "$here/measure" && go build -o "$OP_BIN/measure" .; }
