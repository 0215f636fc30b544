{{- /* This file is equal in both parts, which are packaged separately; a test compares them. */ -}}

{{- /* Returns a map as YAML without null, empty strings, lists and maps. Only for metricsPort null has a meaning. */ -}}
{{- define "admission.given" -}}
{{- $given := dict }}
{{- range $name, $value := . }}
{{- if kindIs "map" $value }}{{ $value = include "admission.given" $value | fromYaml }}{{ end }}
{{- if or (eq $name "metricsPort") (not (has (toJson $value) (list "null" "\"\"" "[]" "{}"))) }}{{ $_ := set $given $name $value }}{{ end }}
{{- end }}
{{- $given | toYaml }}
{{- end }}

{{- /* Returns the values under global, which both parts share, without empty ones. */ -}}
{{- define "admission.global" -}}
{{- include "admission.given" (.Values.global | default dict) }}
{{- end }}

{{- /* Returns all values as YAML. Values under global take precedence over those of the part. */ -}}
{{- define "admission.values" -}}
{{- $global := omit (include "admission.global" . | fromYaml) "virtualGarden" }}
{{- if and $global.kubeconfig .Values.kubeconfig (ne $global.kubeconfig .Values.kubeconfig) }}
{{- fail "values: kubeconfig: Forbidden: global.kubeconfig has another one; give it once" }}
{{- end }}
{{- mergeOverwrite (deepCopy (omit .Values "global")) $global | toYaml }}
{{- end }}

{{- /* With one type, the name is that of the admission of its Go extension, which it therefore replaces in place. */ -}}
{{- define "admission.name" -}}
{{- $types := (include "admission.values" . | fromYaml).types }}
{{- if eq (len $types) 1 }}gardener-extension-admission-{{ first $types }}{{ else }}gardener-extension-admission-networking{{ end }}
{{- end }}

{{- define "admission.labels" -}}
app.kubernetes.io/name: {{ include "admission.name" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- /* Returns a value that Gardener injected, or nothing, since Gardener may omit or empty any of them. Input: a list of the root and the names
       of the path. */ -}}
{{- define "admission.injected" -}}
{{- $value := (include "admission.values" (first .) | fromYaml).gardener }}
{{- range rest . }}
{{- $value = ternary $value dict (kindIs "map" $value) | dig . "" }}
{{- end }}
{{- $value | default "" }}
{{- end }}

{{- /* Returns "true" if the garden is not the cluster of the process, otherwise nothing. If no value decides, a part that is installed separately, as
       by gardener-operator, has a virtual garden, unless values under global follow their older meaning. */ -}}
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

{{- /* Returns the user name of the process in the garden, if it is not a ServiceAccount of the garden. */ -}}
{{- define "admission.user" -}}
{{- $garden := (include "admission.global" . | fromYaml).virtualGarden | default dict }}
{{- $user := get ($garden.user | default dict) "name" }}
{{- if and $user (not (include "admission.virtual" .)) }}
{{- fail "values: global.virtualGarden.user.name: Forbidden: without a virtual garden the process is the ServiceAccount of its pod; set global.virtualGarden.enabled, or leave the name out" }}
{{- end }}
{{- $user }}
{{- end }}
