{{/*
What the operator may do in every namespace that it serves. docs/design/operator.md has the same table with the reasons;
a test holds the two equal.
*/}}
{{- define "ballast.runRules" -}}
- apiGroups: [ballast.rl]
  resources: [rlruns]
  verbs: [list, watch, delete]
- apiGroups: [ballast.rl]
  resources: [rolloutpools, learnergroups]
  verbs: [list, watch, create, patch]
- apiGroups: [ballast.rl]
  resources: [rlruns/status, rolloutpools/status, learnergroups/status]
  verbs: [patch]
- apiGroups: [ballast.rl]
  resources: [rlruns/finalizers, rolloutpools/finalizers, learnergroups/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [services, persistentvolumeclaims]
  verbs: [list, watch, create, patch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [list, watch, create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}

{{/* What it may do in its own namespace. A lease that does not exist yet cannot be created by name. */}}
{{- define "ballast.ownRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [ballast-operator]
  verbs: [get, update, patch]
{{- end -}}
