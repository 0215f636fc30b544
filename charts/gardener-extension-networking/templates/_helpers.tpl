{{- /* What the extension is called: one type alone keeps the name of its own extension, so that it takes over in place. */ -}}
{{- define "networking.component" -}}
{{- if eq (len .Values.types) 1 }}networking-{{ first .Values.types }}{{ else }}networking{{ end }}
{{- end }}

{{- define "networking.name" -}}
gardener-extension-{{ include "networking.component" . }}
{{- end }}

{{- /* Of a cluster-wide object: the same chart may be installed once per namespace. */ -}}
{{- define "networking.clusterWideName" -}}
{{ include "networking.name" . }}:{{ .Release.Namespace }}
{{- end }}

{{- /* Shoots' webhook configurations hold this name in their URL, so with cilium it never changes. */ -}}
{{- define "networking.serviceName" -}}
{{- if has "cilium" .Values.types }}gardener-extension-networking-cilium{{ else }}{{ include "networking.name" . }}{{ end }}
{{- end }}

{{- /* Calico's whenever it is served, as the program would choose by itself: an extension for calico that takes on cilium keeps its leader. */ -}}
{{- define "networking.lease" -}}
networking-{{ ternary "calico" "cilium" (has "calico" .Values.types) }}-leader-election
{{- end }}

{{- define "networking.selector" -}}
app.kubernetes.io/name: {{ include "networking.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "networking.image" -}}
{{- with .Values.image }}
{{- $tag := .tag | default $.Chart.AppVersion }}
{{- if .ref }}{{ .ref }}{{ else }}{{ .repository }}{{ ternary "@" ":" (hasPrefix "sha256:" $tag) }}{{ $tag }}{{ end }}
{{- end }}
{{- end }}

{{- /* A port is a number or a template that gives one. Input: a list of the root and the name for messages and the port. */ -}}
{{- define "networking.port" -}}
{{- $port := tpl (toString (index . 2)) (index . 0) | trim }}
{{- if or (not (regexMatch "^[1-9][0-9]{0,4}$" $port)) (gt (atoi $port) 65535) }}
{{- fail (printf "values: %s: Invalid value: %q: must give a port from 1 to 65535" (index . 1) $port) }}
{{- end }}
{{- $port }}
{{- end }}

{{- /* Refuses ports that two servers of the pod would need. */ -}}
{{- define "networking.ports" -}}
{{- $used := dict (include "networking.metricsPort" . | trim) "metricsPort" }}
{{- $asked := dict "healthPort" (include "networking.healthPort" . | trim) }}
{{- if has "cilium" .Values.types }}{{ $_ := set $asked "webhookConfig.serverPort" (include "networking.webhookPort" . | trim) }}{{ end }}
{{- range $name, $port := $asked }}
{{- with get $used $port }}
{{- fail (printf "values: %s: Invalid value: %s: is the port of %s, too; each server of the pod needs its own" $name $port .) }}
{{- end }}
{{- $_ := set $used $port $name }}
{{- end }}
{{- end }}

{{- define "networking.metricsPort" -}}
{{ include "networking.port" (list . "metricsPort" .Values.metricsPort) }}
{{- end }}

{{- define "networking.healthPort" -}}
{{ include "networking.port" (list . "healthPort" .Values.healthPort) }}
{{- end }}

{{- define "networking.webhookPort" -}}
{{ include "networking.port" (list . "webhookConfig.serverPort" .Values.webhookConfig.serverPort) }}
{{- end }}

{{- /* What Gardener injected, or nothing; it may leave out or empty whatever it does not know. Input: a list of the root and the names on the
       way. */ -}}
{{- define "networking.injected" -}}
{{- $value := (first .).Values.gardener }}
{{- range rest . }}
{{- $value = ternary $value dict (kindIs "map" $value) | dig . "" }}
{{- end }}
{{- $value | default "" }}
{{- end }}

{{- /* "true" or nothing. The second name is what Gardener called it first. */ -}}
{{- define "networking.selfHosted" -}}
{{- or (include "networking.injected" (list . "selfHostedShootCluster")) (include "networking.injected" (list . "autonomousShootCluster")) }}
{{- end }}

{{- /* Input: a list of the root and one list of rules of rbac.yaml. Gives what is granted with these values. */ -}}
{{- define "networking.rules" -}}
{{- $root := index . 0 }}
{{- $on := append $root.Values.types (include "networking.component" $root) }}
{{- if include "networking.selfHosted" $root }}
{{- range $root.Values.types }}{{ $on = append $on (printf "selfHosted%s" (title .)) }}{{ end }}
{{- end }}
{{- range $rule := index . 1 }}
{{- $granted := not (hasKey $rule "for") }}
{{- range get $rule "for" | default list }}{{ if has . $on }}{{ $granted = true }}{{ end }}{{ end }}
{{- if $granted }}
- {{ omit $rule "why" "for" | toYaml | nindent 2 | trim }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The file that `--config-file` names: one document per type. A client connection is complete or not there. */ -}}
{{- define "networking.config" -}}
{{- $config := .Values.config | default dict }}
{{- $connection := $config.clientConnection | default dict }}
{{- range $name, $value := $connection }}
{{- if kindIs "invalid" $value }}
{{- fail (printf "values: config.clientConnection.%s: Required value: give it a value, or leave it out for the default" $name) }}
{{- end }}
{{- end }}
{{- range $type := .Values.types }}
---
apiVersion: {{ $type }}.networking.extensions.config.gardener.cloud/v1alpha1
kind: ControllerConfiguration
{{- with $connection }}
clientConnection:
  acceptContentTypes: {{ .acceptContentTypes | default "application/json" | quote }}
  contentType: {{ .contentType | default "application/json" | quote }}
  {{- with .kubeconfig }}
  kubeconfig: {{ . | quote }}
  {{- end }}
  qps: {{ ternary .qps 100 (hasKey . "qps") }}
  burst: {{ ternary .burst 130 (hasKey . "burst") }}
{{- end }}
{{- if eq $type "calico" }}
{{- with $config.featureGates }}
featureGates:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
