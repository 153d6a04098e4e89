#!/usr/bin/env bash
# Serves the cluster's two storage classes: makes a volume for a claim, removes it when the claim is gone.
# Runs inside the node's namespaces. usage: provisioner.sh claims|volumes KUBECTL KUBECONFIG FOLDER
set -uo pipefail
what="$1" kubectl="$2" kubeconfig="$3" folder="$4"
k() { "$kubectl" --kubeconfig "$kubeconfig" "$@"; }

serve_claim() {
    local namespace="$1" claim="$2" uid="$3" class="$4" size="$5" phase="$6" modes="$7" path bytes
    [ "$phase" = Pending ] || return 0
    case "$class" in ballast-folder | ballast-memory) ;; *) return 0 ;; esac
    path="$folder/pvc-$uid"
    k get pv "pvc-$uid" >/dev/null 2>&1 && return 0
    mkdir -p "$path" && chmod 0777 "$path"
    if [ "$class" = ballast-memory ]; then
        bytes="$(numfmt --from=auto "$size" 2>/dev/null)" || { echo "size $size of $namespace/$claim not understood"; return 0; }
        mountpoint -q "$path" || mount -t tmpfs -o "size=$bytes,mode=0777" "pvc-$uid" "$path"
    fi
    k create -f - <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: pvc-$uid, annotations: {pv.kubernetes.io/provisioned-by: ballast.rl/test-${class#ballast-}}}
spec:
  capacity: {storage: "$size"}
  accessModes: $modes
  storageClassName: $class
  persistentVolumeReclaimPolicy: Delete
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: $namespace, name: $claim, uid: $uid}
  hostPath: {path: $path, type: Directory}
YAML
}

free_volume() {
    local volume="$1" class="$2" phase="$3" policy="$4" path
    [ "$policy" = Delete ] || return 0
    case "$phase/$class" in Released/ballast-* | Failed/ballast-*) ;; *) return 0 ;; esac
    path="$folder/$volume"
    mountpoint -q "$path" && umount "$path"
    rm -rf --one-file-system "$path"
    k delete pv "$volume" --wait=false
}

while :; do
    case "$what" in
        claims)
            k get pvc -A --watch -o 'jsonpath={.metadata.namespace} {.metadata.name} {.metadata.uid} {.spec.storageClassName} {.spec.resources.requests.storage} {.status.phase} {.spec.accessModes}{"\n"}' \
                | while read -r namespace claim uid class size phase modes; do serve_claim "$namespace" "$claim" "$uid" "$class" "$size" "$phase" "$modes"; done
            ;;
        volumes)
            k get pv --watch -o 'jsonpath={.metadata.name} {.spec.storageClassName} {.status.phase} {.spec.persistentVolumeReclaimPolicy}{"\n"}' \
                | while read -r volume class phase policy; do free_volume "$volume" "$class" "$phase" "$policy"; done
            ;;
    esac
    sleep 1 # the watch has ended: the API server restarts
done
