{{/* The operator's configuration: docs/design/operator.md has the table of the keys. */}}
{{- define "ballast.operatorEnvironment" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: JAVA_TOOL_OPTIONS
  value: {{ .Values.operator.javaOptions | quote }}
- name: QUARKUS_LOG_LEVEL
  value: {{ .Values.operator.logLevel | quote }}
{{- $settings := dict
      "QUARKUS_OPERATOR_SDK_NAMESPACES" (join "," .Values.watchNamespaces)
      "BALLAST_IMAGES_TRAINER" (include "ballast.image" (dict "root" . "image" "trainer"))
      "BALLAST_IMAGES_ROLLOUT" (include "ballast.image" (dict "root" . "image" "rollout"))
      "BALLAST_IMAGES_PULL_POLICY" .Values.images.pullPolicy
      "BALLAST_IMAGES_PULL_SECRET" .Values.images.pullSecret
      "BALLAST_PODS_PROCESSORS" .Values.runs.pods.processors
      "BALLAST_PODS_REQUEST_MILLI_CPU" .Values.runs.pods.requestMilliCpu
      "BALLAST_PODS_MEMORY_BYTES" .Values.runs.pods.memoryBytes
      "BALLAST_PODS_USER" .Values.runs.pods.user
      "BALLAST_PODS_TERMINATION_GRACE_SECONDS" .Values.runs.pods.terminationGraceSeconds
      "BALLAST_RESTART_WINDOW" .Values.runs.restart.window
      "BALLAST_RESTART_FIRST_DELAY" .Values.runs.restart.firstDelay
      "BALLAST_RESTART_MAX_DELAY" .Values.runs.restart.maxDelay
      "BALLAST_PROGRESS_INTERVAL" .Values.runs.progress.interval
      "BALLAST_PROGRESS_STATUS_INTERVAL" .Values.runs.progress.statusInterval
      "BALLAST_NETWORK_POLICIES" .Values.networkPolicy.enabled
      "BALLAST_NETWORK_OPERATOR_NAMESPACE" .Release.Namespace
      "BALLAST_NETWORK_METRICS_NAMESPACE" .Values.networkPolicy.metricsNamespace
      "BALLAST_NETWORK_EXTRA_EGRESS_PORTS" (join "," .Values.networkPolicy.runPods.extraEgressPorts)
      "BALLAST_STORE_DEFAULT_SIZE" .Values.runs.store.defaultSize
      "BALLAST_STORE_STORAGE_CLASS" .Values.runs.store.storageClass
      "BALLAST_STORE_ACCESS_MODE" .Values.runs.store.accessMode }}
{{- range $name, $value := $settings }}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
- name: {{ $name }}
  {{- /* Large whole numbers of value files are doubles here and would be written as 4.294967296e+09. */}}
  value: {{ ternary (printf "%.0f" (float64 (ternary $value 0 (kindIs "float64" $value)))) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- end }}
{{- end -}}
