{{- /* Returns the access to the garden as a YAML object: kubeconfig (path in the container), token (whether a projected token is mounted for it),
       own (whether the process also uses the ServiceAccount of its pod). Fails for inconsistent values. */ -}}
{{- define "admission.access" -}}
{{- $values := include "admission.values" . | fromYaml }}
{{- $virtual := include "admission.virtual" . }}
{{- $projected := $values.projectedKubeconfig | default dict }}
{{- $token := $values.serviceAccountTokenVolumeProjection | default dict }}
{{- $user := include "admission.user" . }}
{{- if and $values.kubeconfig $projected }}
{{- fail "values: projectedKubeconfig: Forbidden: kubeconfig is given, too; the garden is reached by one of them" }}
{{- end }}
{{- range list "baseMountPath" "genericKubeconfigSecretName" "tokenSecretName" }}
{{- if and $projected (not (get $projected .)) }}
{{- fail (printf "values: projectedKubeconfig.%s: Required value: a projected kubeconfig needs baseMountPath, genericKubeconfigSecretName and tokenSecretName" .) }}
{{- end }}
{{- end }}
{{- if and $token.enabled (not $values.kubeconfig) }}
{{- fail "values: kubeconfig: Required value: with serviceAccountTokenVolumeProjection.enabled, a kubeconfig has to name the token file /var/run/secrets/projected/serviceaccount/token" }}
{{- end }}
{{- if and $token.audience (not $token.enabled) }}
{{- fail "values: serviceAccountTokenVolumeProjection.audience: Forbidden: no token is projected; set serviceAccountTokenVolumeProjection.enabled, or leave the audience out" }}
{{- end }}
{{- if and $user (not $values.kubeconfig) }}
{{- fail (printf "values: kubeconfig: Required value: to be user %q in the virtual garden, the process needs a kubeconfig with its client certificate or token file" $user) }}
{{- end }}
kubeconfig: {{ if $values.kubeconfig }}/etc/gardener-extension-networking-admission/kubeconfig/kubeconfig{{ else if $projected }}{{ $projected.baseMountPath }}/kubeconfig{{ else }}""{{ end }}
token: {{ $token.enabled | default false }}
own: {{ or (not (empty $virtual)) (empty $values.kubeconfig) }}
{{- end }}
