{{- /* The same in both parts, which are packaged one by one; a test compares them. */ -}}

{{- /* All values as YAML: those under global, which both parts share, win over those of the part. */ -}}
{{- define "admission.values" -}}
{{- $global := pick (.Values.global | default dict) "types" "image" "replicaCount" "resources" "metricsPort" "healthPort" "webhookConfig" "service" "vpa" "monitoring" "kubeconfig" "projectedKubeconfig" "serviceAccountTokenVolumeProjection" "gardener" }}
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

{{- /* What Gardener injected, or nothing; it may leave out or empty whatever it does not know. Input: a list of the root and the names on the
       way. */ -}}
{{- define "admission.injected" -}}
{{- $value := (include "admission.values" (first .) | fromYaml).gardener }}
{{- range rest . }}
{{- $value = ternary $value dict (kindIs "map" $value) | dig . "" }}
{{- end }}
{{- $value | default "" }}
{{- end }}

{{- /* Whether the garden is another cluster than the one with the process: "true" or nothing. Where values under global are used without a
       word on it, they follow the older meaning: it is the same one. */ -}}
{{- define "admission.virtual" -}}
{{- $global := .Values.global | default dict }}
{{- $ours := get ($global.virtualGarden | default dict) "enabled" }}
{{- $injected := get (get ((include "admission.values" . | fromYaml).gardener | default dict) "virtualCluster" | default dict) "enabled" }}
{{- if and (kindIs "bool" $ours) (kindIs "bool" $injected) (ne $ours $injected) }}
{{- fail (printf "values: global.virtualGarden.enabled: Invalid value: %t: gardener.virtualCluster.enabled says %t; give it once" $ours $injected) }}
{{- end }}
{{- $virtual := not (or (hasKey $global "kubeconfig") (hasKey $global "serviceAccountTokenVolumeProjection")) }}
{{- if kindIs "bool" $ours }}{{ $virtual = $ours }}
{{- else if kindIs "bool" $injected }}{{ $virtual = $injected }}
{{- end }}
{{- if $virtual }}true{{ end }}
{{- end }}

{{- /* The name of the user that the process is for the garden, where it is no ServiceAccount there. */ -}}
{{- define "admission.user" -}}
{{- $garden := (.Values.global | default dict).virtualGarden | default dict }}
{{- $user := get ($garden.user | default dict) "name" }}
{{- if and $user (not (include "admission.virtual" .)) }}
{{- fail "values: global.virtualGarden.user.name: Forbidden: without a virtual garden the process is the ServiceAccount of its pod; set global.virtualGarden.enabled, or leave the name out" }}
{{- end }}
{{- $user }}
{{- end }}
