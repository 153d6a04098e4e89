{{/* Every pod that the operator makes, and no other. */}}
{{- define "ballast.runPodSelector" -}}
matchLabels:
  app.kubernetes.io/managed-by: ballast-operator
{{- end -}}

{{- define "ballast.testSelector" -}}
app.kubernetes.io/name: {{ include "ballast.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{/* To any address: names may be served on the nodes themselves (NodeLocal DNSCache), which no selector of pods matches. */}}
{{- define "ballast.dnsEgress" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end -}}
