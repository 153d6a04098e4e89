# Certificates and kubeconfig files of one cluster, by openssl.
# shellcheck shell=bash disable=SC2154

quiet_openssl() { openssl "$@" 2>>"$STATE/pki/openssl.log" || fail "openssl $1 failed: $STATE/pki/openssl.log"; }

# certificate NAME SUBJECT [SUBJECT_ALTERNATIVE_NAMES]
certificate() {
    local file="$STATE/pki/$1"
    # RSA: the Java clients of Kubernetes read no elliptic keys without a further library.
    quiet_openssl req -newkey rsa:2048 -nodes -keyout "$file.key" -out "$file.csr" -subj "$2"
    quiet_openssl x509 -req -in "$file.csr" -CA "$STATE/pki/ca.crt" -CAkey "$STATE/pki/ca.key" -CAcreateserial -days 365 \
        -out "$file.crt" -extfile <(printf 'keyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=%s' "${3:-DNS:$1}")
}

# kubeconfig FILE NAME SERVER: everything is in the one file.
kubeconfig_file() {
    (umask 077; cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: $CLUSTER_NAME, cluster: {server: "$3", certificate-authority-data: $(base64 -w0 <"$STATE/pki/ca.crt")}}]
users: [{name: $2, user: {client-certificate-data: $(base64 -w0 <"$STATE/pki/$2.crt"), client-key-data: $(base64 -w0 <"$STATE/pki/$2.key")}}]
contexts: [{name: $CLUSTER_NAME, context: {cluster: $CLUSTER_NAME, user: $2}}]
current-context: $CLUSTER_NAME
YAML
    )
}

make_pki() {
    mkdir -m 700 "$STATE/pki"
    quiet_openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=$CLUSTER_NAME-ca" \
        -keyout "$STATE/pki/ca.key" -out "$STATE/pki/ca.crt"
    quiet_openssl genrsa -out "$STATE/pki/service-account.key" 2048
    quiet_openssl rsa -in "$STATE/pki/service-account.key" -pubout -out "$STATE/pki/service-account.pub"
    certificate apiserver /CN=kube-apiserver \
        "IP:127.0.0.1,IP:$NODE_IP,IP:$API_SERVICE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
    certificate admin /O=system:masters/CN=admin
    certificate kubelet "/O=system:nodes/CN=system:node:$NODE_NAME" "IP:$NODE_IP,DNS:$NODE_NAME"
    certificate controller-manager /CN=system:kube-controller-manager
    certificate scheduler /CN=system:kube-scheduler
    certificate proxy /CN=system:kube-proxy
    certificate coredns /CN=coredns
    local name
    for name in admin kubelet controller-manager scheduler proxy coredns; do
        kubeconfig_file "$STATE/pki/$name.conf" "$name" https://127.0.0.1:6443
    done
}
