{{- /* Returns the arguments of the controller, after the entrypoint of the image. */ -}}
{{- define "networking.args" -}}
- controller
- --types={{ join "," .Values.types }}
- --config-file=/etc/gardener-extension-networking/config/config.yaml
- --max-concurrent-reconciles={{ .Values.controllers.concurrentSyncs }}
- --ignore-operation-annotation={{ .Values.controllers.ignoreOperationAnnotation }}
- --leader-election-id={{ include "networking.lease" . }}
- --heartbeat-namespace={{ .Release.Namespace }}
- --heartbeat-renew-interval-seconds={{ .Values.controllers.heartbeat.renewIntervalSeconds }}
{{- if has "cilium" .Values.types }}
{{- with .Values.webhookConfig.url }}
- --webhook-config-mode=url
- {{ printf "--webhook-config-url=%s" . | quote }}
{{- end }}
- --webhook-config-namespace={{ .Release.Namespace }}
- --webhook-config-service-port={{ .Values.webhookConfig.servicePort }}
- --webhook-config-server-port={{ include "networking.webhookPort" . }}
{{- end }}
- --metrics-bind-address=:{{ include "networking.metricsPort" . }}
- --health-bind-address=:{{ include "networking.healthPort" . }}
- --log-level={{ .Values.logLevel }}
- --log-format={{ .Values.logFormat }}
{{- with include "networking.injected" (list . "version") }}
- {{ printf "--gardener-version=%s" . | quote }}
{{- end }}
{{- if include "networking.selfHosted" . }}
- --self-hosted-shoot-cluster=true
{{- end }}
{{- end }}
