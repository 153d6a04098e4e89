{{/*
What the operator may do in every namespace that it serves. docs/design/operator.md has the same table with the reasons;
a test holds the two equal.
*/}}
{{- define "ballast.runRules" -}}
- apiGroups: [ballast.rl]
  resources: [rlruns]
  verbs: [get, list, watch, delete]
- apiGroups: [ballast.rl]
  resources: [rolloutpools, learnergroups]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [ballast.rl]
  resources: [rlruns/status, rolloutpools/status, learnergroups/status]
  verbs: [get, patch, update]
- apiGroups: [ballast.rl]
  resources: [rlruns/finalizers, rolloutpools/finalizers, learnergroups/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services, persistentvolumeclaims]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, create, patch, delete]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* What it may do in its own namespace. */}}
{{- define "ballast.ownRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "ballast.operatorName" . }}]
  verbs: [get, update, patch]
{{- end -}}
