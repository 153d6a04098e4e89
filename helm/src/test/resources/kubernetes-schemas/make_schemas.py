#!/usr/bin/env python3
"""Writes the strict JSON schemas that kubeconform checks the chart with.

usage: make_schemas.py SWAGGER_JSON PROMETHEUS_OPERATOR_CRDS

SWAGGER_JSON: api/openapi-spec/swagger.json of k8s.io/kubernetes v1.34.4 (Apache-2.0; `go mod download` brings it).
PROMETHEUS_OPERATOR_CRDS: example/prometheus-operator-crd of github.com/prometheus-operator/prometheus-operator v0.85.0
(Apache-2.0). Descriptions are left out and unknown fields are refused. Needs PyYAML.
"""
import json
import pathlib
import sys

import yaml

KINDS = {
    "deployment-apps-v1": "io.k8s.api.apps.v1.Deployment",
    "service-v1": "io.k8s.api.core.v1.Service",
    "serviceaccount-v1": "io.k8s.api.core.v1.ServiceAccount",
    "configmap-v1": "io.k8s.api.core.v1.ConfigMap",
    "pod-v1": "io.k8s.api.core.v1.Pod",
    "role-rbac-v1": "io.k8s.api.rbac.v1.Role",
    "rolebinding-rbac-v1": "io.k8s.api.rbac.v1.RoleBinding",
    "clusterrole-rbac-v1": "io.k8s.api.rbac.v1.ClusterRole",
    "clusterrolebinding-rbac-v1": "io.k8s.api.rbac.v1.ClusterRoleBinding",
    "networkpolicy-networking-v1": "io.k8s.api.networking.v1.NetworkPolicy",
    "poddisruptionbudget-policy-v1": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "customresourcedefinition-apiextensions-v1":
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
}
MONITORING = ["podmonitors", "prometheusrules", "servicemonitors"]
LOOSE = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["string", "integer"]},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number"]},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": {},
}


def lean(node):
    """Without descriptions and extensions; objects with declared fields take no others."""
    if isinstance(node, list):
        return [lean(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {}
    for key, value in node.items():
        if key == "properties":
            result[key] = {name: lean(child) for name, child in value.items()}
        elif key != "description" and key != "default" and not key.startswith("x-kubernetes"):
            result[key] = lean(value)
    if node.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    if "properties" in result and "additionalProperties" not in result:
        result["additionalProperties"] = False
    return result


def references(node):
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix("#/definitions/")
            else:
                yield from references(value)


def closure(root, definitions):
    found, open_names = {}, [root]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found[name] = LOOSE.get(name) if name in LOOSE else lean(definitions[name])
            open_names.extend(references(found[name]))
    return dict(sorted(found.items()))


def write(name, schema):
    target = pathlib.Path(__file__).parent / (name + ".json")
    target.write_text(json.dumps(schema, separators=(",", ":"), sort_keys=True) + "\n")


def main(swagger, monitoring):
    definitions = json.loads(pathlib.Path(swagger).read_text())["definitions"]
    for name, root in KINDS.items():
        write(name, {"$ref": "#/definitions/" + root, "definitions": closure(root, definitions)})
    for plural in MONITORING:
        crd = yaml.safe_load((pathlib.Path(monitoring) / f"monitoring.coreos.com_{plural}.yaml").read_text())
        schema = lean(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        write(crd["spec"]["names"]["singular"] + "-monitoring-v1", schema)


if __name__ == "__main__":
    main(*sys.argv[1:])
