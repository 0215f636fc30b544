{{- /* The same in both parts, which are packaged one by one; a test compares them. */ -}}

{{- /* What a map says, as YAML: without null, empty text, empty lists and maps. Only metricsPort says something with null. */ -}}
{{- define "admission.given" -}}
{{- $given := dict }}
{{- range $name, $value := . }}
{{- if kindIs "map" $value }}{{ $value = include "admission.given" $value | fromYaml }}{{ end }}
{{- if or (eq $name "metricsPort") (not (has (toJson $value) (list "null" "\"\"" "[]" "{}"))) }}{{ $_ := set $given $name $value }}{{ end }}
{{- end }}
{{- $given | toYaml }}
{{- end }}

{{- /* The values under global, which both parts share: what is empty there is not given. */ -}}
{{- define "admission.global" -}}
{{- include "admission.given" (.Values.global | default dict) }}
{{- end }}

{{- /* All values as YAML: those under global win over those of the part. */ -}}
{{- define "admission.values" -}}
{{- $global := omit (include "admission.global" . | fromYaml) "virtualGarden" }}
{{- if and $global.kubeconfig .Values.kubeconfig (ne $global.kubeconfig .Values.kubeconfig) }}
{{- fail "values: kubeconfig: Forbidden: global.kubeconfig has another one; give it once" }}
{{- end }}
{{- mergeOverwrite (deepCopy (omit .Values "global")) $global | toYaml }}
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

{{- /* Whether the garden is another cluster than the one with the process: "true" or nothing. Without a word on it, it is for a part that is
       installed by itself, as gardener-operator does, and not where values under global follow their older meaning. */ -}}
{{- define "admission.virtual" -}}
{{- $global := include "admission.global" . | fromYaml }}
{{- $ours := get ($global.virtualGarden | default dict) "enabled" }}
{{- $injected := get (get ((include "admission.values" . | fromYaml).gardener | default dict) "virtualCluster" | default dict) "enabled" }}
{{- if and (kindIs "bool" $ours) (kindIs "bool" $injected) (ne $ours $injected) }}
{{- fail (printf "values: global.virtualGarden.enabled: Invalid value: %t: gardener.virtualCluster.enabled says %t; give it once" $ours $injected) }}
{{- end }}
{{- $virtual := and .Chart.IsRoot (not (or $global.kubeconfig $global.serviceAccountTokenVolumeProjection)) }}
{{- if kindIs "bool" $ours }}{{ $virtual = $ours }}
{{- else if kindIs "bool" $injected }}{{ $virtual = $injected }}
{{- end }}
{{- if $virtual }}true{{ end }}
{{- end }}

{{- /* The name of the user that the process is for the garden, where it is no ServiceAccount there. */ -}}
{{- define "admission.user" -}}
{{- $garden := (include "admission.global" . | fromYaml).virtualGarden | default dict }}
{{- $user := get ($garden.user | default dict) "name" }}
{{- if and $user (not (include "admission.virtual" .)) }}
{{- fail "values: global.virtualGarden.user.name: Forbidden: without a virtual garden the process is the ServiceAccount of its pod; set global.virtualGarden.enabled, or leave the name out" }}
{{- end }}
{{- $user }}
{{- end }}
