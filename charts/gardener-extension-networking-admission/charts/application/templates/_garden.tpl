{{- /* The same in both parts, which are packaged one by one; a test compares them. */ -}}

{{- /* All values as YAML: those under global, which both parts share, win over those of the part. */ -}}
{{- define "admission.values" -}}
{{- $global := pick (.Values.global | default dict) "types" "image" "replicaCount" "resources" "metricsPort" "healthPort" "webhookConfig" "service" "vpa" "kubeconfig" "projectedKubeconfig" "serviceAccountTokenVolumeProjection" "gardener" }}
{{- if and (get $global "kubeconfig") .Values.kubeconfig (ne (get $global "kubeconfig") .Values.kubeconfig) }}
{{- fail "values: kubeconfig: Forbidden: global.kubeconfig has another one; give it once" }}
{{- end }}
{{- mergeOverwrite (deepCopy (omit .Values "global")) (deepCopy $global) | toYaml }}
{{- end }}

{{- /* One type alone keeps the name of its own admission, so that it takes over in place. */ -}}
{{- define "admission.name" -}}
{{- $types := (include "admission.values" . | fromYaml).types }}
{{- if eq (len $types) 1 }}gardener-extension-admission-{{ first $types }}{{ else }}gardener-extension-admission-networking{{ end }}
{{- end }}

{{- define "admission.labels" -}}
app.kubernetes.io/name: {{ include "admission.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- /* Whether the garden is another cluster than the one with the process: "true" or nothing. Where values under global are used without a
       word on it, they follow the older meaning: it is the same one. */ -}}
{{- define "admission.virtual" -}}
{{- $global := .Values.global | default dict }}
{{- $garden := get $global "virtualGarden" | default dict }}
{{- $cluster := dig "virtualCluster" (dict) ((include "admission.values" . | fromYaml).gardener | default dict) }}
{{- if and (hasKey $garden "enabled") (hasKey $cluster "enabled") (ne $garden.enabled $cluster.enabled) }}
{{- fail (printf "values: global.virtualGarden.enabled: Invalid value: %t: gardener.virtualCluster.enabled says %t; give it once" $garden.enabled $cluster.enabled) }}
{{- end }}
{{- $virtual := not (or (hasKey $global "kubeconfig") (hasKey $global "serviceAccountTokenVolumeProjection")) }}
{{- if hasKey $garden "enabled" }}{{ $virtual = $garden.enabled }}
{{- else if hasKey $cluster "enabled" }}{{ $virtual = $cluster.enabled }}
{{- end }}
{{- if $virtual }}true{{ end }}
{{- end }}

{{- /* The name of the user that the process is for the garden, where it is no ServiceAccount there. */ -}}
{{- define "admission.user" -}}
{{- $user := dig "virtualGarden" "user" "name" "" (.Values.global | default dict) }}
{{- if and $user (not (include "admission.virtual" .)) }}
{{- fail "values: global.virtualGarden.user.name: Forbidden: without a virtual garden the process is the ServiceAccount of its pod; set global.virtualGarden.enabled, or leave the name out" }}
{{- end }}
{{- $user }}
{{- end }}
