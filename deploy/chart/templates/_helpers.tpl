{{- define "fovea.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Room is left for a suffix: names end after 63 characters. */}}
{{- define "fovea.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "fovea.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "fovea.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "fovea.selector" -}}
app.kubernetes.io/name: {{ include "fovea.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "fovea.labels" -}}
{{ include "fovea.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: fovea
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "fovea.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "fovea.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Objects without a namespace: two releases of one name must not share them. */}}
{{- define "fovea.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "fovea.fullname" .) -}}
{{- end -}}

{{/* Not empty where the agent on Linux asks the API server as its service account. */}}
{{- define "fovea.asksServer" -}}
{{- if ne (dig "kubernetes" "enabled" "auto" .Values.config) "off" }}yes{{ end -}}
{{- end -}}

{{/* An image's name; takes a dict of `image` and `appVersion`. */}}
{{- define "fovea.image" -}}
{{- $repository := required "image.repository is needed: there is no published image yet, see docs/install.md" .image.repository -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .appVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The port in an agent's configuration; takes the configuration. */}}
{{- define "fovea.port" -}}
{{- dig "server" "port" 10093 . | int -}}
{{- end -}}

{{/* Where the kubelet asks: the pod's address, unless the agent listens on one of its own. */}}
{{- define "fovea.get" -}}
{{- $address := dig "server" "address" "0.0.0.0" .config -}}
httpGet:
  path: {{ .path }}
  port: metrics
  {{- if not (has $address (list "0.0.0.0" "::")) }}
  host: {{ $address | quote }}
  {{- end }}
{{- end -}}

{{/* Takes a dict of `config` and `probes`. */}}
{{- define "fovea.probes" -}}
startupProbe:
  {{- include "fovea.get" (dict "path" "/readyz" "config" .config) | nindent 2 }}
  periodSeconds: 2
  timeoutSeconds: {{ .probes.timeoutSeconds }}
  failureThreshold: {{ div (add .probes.startupSeconds 1) 2 }}
readinessProbe:
  {{- include "fovea.get" (dict "path" "/readyz" "config" .config) | nindent 2 }}
  periodSeconds: {{ .probes.periodSeconds }}
  timeoutSeconds: {{ .probes.timeoutSeconds }}
livenessProbe:
  {{- include "fovea.get" (dict "path" "/healthz" "config" .config) | nindent 2 }}
  periodSeconds: {{ .probes.periodSeconds }}
  timeoutSeconds: {{ .probes.timeoutSeconds }}
  failureThreshold: 4
{{- end -}}

{{/* Takes a dict of `root`, `system` (linux or windows) and `config`. */}}
{{- define "fovea.podMetadata" -}}
{{- $own := get .root.Values .system -}}
labels:
  {{- include "fovea.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .system }}
  {{- with $own.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # Pods begin anew with another configuration: the agent reads it at its start.
  checksum/config: {{ toYaml .config | sha256sum }}
  {{- if and .root.Values.monitoring.annotations (not .root.Values.monitoring.podMonitor.enabled) }}
  prometheus.io/scrape: "true"
  prometheus.io/port: {{ include "fovea.port" .config | quote }}
  {{- end }}
  {{- with $own.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What pods of both systems have; takes a dict of `root` and `system`. */}}
{{- define "fovea.podSpec" -}}
{{- $own := get .root.Values .system -}}
serviceAccountName: {{ include "fovea.serviceAccountName" .root }}
hostNetwork: true
# Of the node's own resolver: nothing of the cluster is looked up by name.
dnsPolicy: Default
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
nodeSelector:
  {{- merge (dict "kubernetes.io/os" .system) $own.nodeSelector | toYaml | nindent 2 }}
{{- with $own.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
