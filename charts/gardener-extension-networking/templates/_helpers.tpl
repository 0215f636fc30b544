{{- /* Returns the name of the extension. With one type it is that of its Go extension, which it therefore replaces in place. */ -}}
{{- define "networking.component" -}}
{{- if eq (len .Values.types) 1 }}networking-{{ first .Values.types }}{{ else }}networking{{ end }}
{{- end }}

{{- define "networking.name" -}}
gardener-extension-{{ include "networking.component" . }}
{{- end }}

{{- /* Returns the name of cluster-wide objects. It contains the namespace, since the chart may be installed once per namespace. */ -}}
{{- define "networking.clusterWideName" -}}
{{ include "networking.name" . }}:{{ .Release.Namespace }}
{{- end }}

{{- /* Returns the name of the Service. URLs in webhook configurations of shoots contain it, so with cilium it never changes. */ -}}
{{- define "networking.serviceName" -}}
{{- if has "cilium" .Values.types }}gardener-extension-networking-cilium{{ else }}{{ include "networking.name" . }}{{ end }}
{{- end }}

{{- /* Returns the name of the Lease, as the process derives it: that of calico if calico is served, so that an extension for calico keeps its Lease
       when cilium is added. */ -}}
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

{{- /* Returns a port, which is a number or a template of a number. Input: a list of the root, the name for messages and the port. */ -}}
{{- define "networking.port" -}}
{{- $port := tpl (toString (index . 2)) (index . 0) | trim }}
{{- if or (not (regexMatch "^[1-9][0-9]{0,4}$" $port)) (gt (atoi $port) 65535) }}
{{- fail (printf "values: %s: Invalid value: %q: must give a port from 1 to 65535" (index . 1) $port) }}
{{- end }}
{{- $port }}
{{- end }}

{{- /* Fails if two servers of the pod have the same port. */ -}}
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

{{- /* Returns a value that Gardener injected, or nothing, since Gardener may omit or empty any of them. Input: a list of the root and the names
       of the path. */ -}}
{{- define "networking.injected" -}}
{{- $value := (first .).Values.gardener }}
{{- range rest . }}
{{- $value = ternary $value dict (kindIs "map" $value) | dig . "" }}
{{- end }}
{{- $value | default "" }}
{{- end }}

{{- /* Returns "true" for a self-hosted shoot, otherwise nothing. The second name is the former one of Gardener. */ -}}
{{- define "networking.selfHosted" -}}
{{- or (include "networking.injected" (list . "selfHostedShootCluster")) (include "networking.injected" (list . "autonomousShootCluster")) }}
{{- end }}

{{- /* Returns the rules that are granted with the values. Input: a list of the root and a list of rules of rbac.yaml. */ -}}
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

{{- /* Returns the file for `--config-file`, with one document per type. A client connection is complete or absent. */ -}}
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
{{- $gates := $config.featureGates | default dict }}
{{- with ternary (pick $gates "CiliumGatewayAPI") (omit $gates "CiliumGatewayAPI") (eq $type "cilium") }}
featureGates:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if eq $type "calico" }}
{{- with $config.kubeAPIServerGlobalNetworkSet }}
kubeAPIServerGlobalNetworkSet:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
