{{- /* Fails if two servers of the pod have the same port. */ -}}
{{- define "admission.ports" -}}
{{- $values := include "admission.values" . | fromYaml }}
{{- $used := dict ($values.metricsPort | toString) "metricsPort" }}
{{- range $name, $port := dict "healthPort" $values.healthPort "webhookConfig.serverPort" $values.webhookConfig.serverPort }}
{{- with get $used ($port | toString) }}
{{- fail (printf "values: %s: Invalid value: %v: is the port of %s, too; each server of the pod needs its own" $name $port .) }}
{{- end }}
{{- $_ := set $used ($port | toString) $name }}
{{- end }}
{{- end }}

{{- /* Returns the arguments of the process, after the entrypoint of the image. */ -}}
{{- define "admission.args" -}}
{{- $values := include "admission.values" . | fromYaml }}
{{- $virtual := include "admission.virtual" . }}
- admission
- --types={{ join "," $values.types }}
{{- with $values.disableWebhooks }}
- --disable-webhooks={{ join "," . }}
{{- end }}
- --webhook-config-server-port={{ $values.webhookConfig.serverPort }}
{{- $service := printf "%s.%s" (include "admission.name" .) .Release.Namespace }}
{{- $url := $values.webhookConfig.url | default (ternary $service "" (not (empty $virtual))) }}
- --webhook-config-mode={{ ternary "url" "service" (not (empty $url)) }}
{{- with $url }}
- {{ printf "--webhook-config-url=%s" . | quote }}
{{- end }}
- --webhook-config-namespace={{ .Release.Namespace }}
{{- with include "admission.injected" (list . "virtualCluster" "namespace") }}
- {{ printf "--webhook-config-owner-namespace=%s" . | quote }}
{{- end }}
{{- with (include "admission.access" . | fromYaml).kubeconfig }}
- {{ printf "--kubeconfig=%s" . | quote }}
{{- end }}
- --metrics-bind-address={{ with $values.metricsPort }}:{{ . }}{{ else }}0{{ end }}
- --health-bind-address=:{{ $values.healthPort }}
- --leader-election-id={{ include "admission.name" . }}
{{- end }}

{{- define "admission.volumes" -}}
{{- $values := include "admission.values" . | fromYaml }}
{{- $access := include "admission.access" . | fromYaml }}
{{- $token := $values.serviceAccountTokenVolumeProjection | default dict }}
{{- if $values.kubeconfig }}
- name: kubeconfig
  secret:
    secretName: {{ include "admission.name" . }}-kubeconfig
    defaultMode: 420
{{- else }}
{{- with $values.projectedKubeconfig }}
- name: kubeconfig
  projected:
    defaultMode: 420
    sources:
      - secret:
          name: {{ .genericKubeconfigSecretName | quote }}
          optional: false
          items:
            - key: kubeconfig
              path: kubeconfig
      - secret:
          name: {{ .tokenSecretName | quote }}
          optional: false
          items:
            - key: token
              path: token
{{- end }}
{{- end }}
{{- if $access.token }}
- name: garden-token
  projected:
    defaultMode: 420
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: {{ $token.expirationSeconds | default 43200 }}
          {{- with $token.audience }}
          audience: {{ . | quote }}
          {{- end }}
{{- end }}
{{- if $access.own }}
- name: token
  projected:
    defaultMode: 420
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 43200
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
{{- end }}
{{- end }}
