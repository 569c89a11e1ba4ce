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

{{/* Not empty where an agent with this configuration asks the API server as its service account. */}}
{{- define "fovea.asksServer" -}}
{{- if ne (dig "kubernetes" "enabled" "auto" .) "off" }}yes{{ end -}}
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

{{/*
An agent's configuration: the values', and where the chart mounts what `tls` and `tokens` name. Takes a dict of `root`
and `system` (linux or windows).
*/}}
{{- define "fovea.config" -}}
{{- $config := deepCopy (eq .system "linux" | ternary .root.Values.config .root.Values.windows.config) -}}
{{- $tls := .root.Values.tls -}}
{{- $server := get $config "server" | default dict -}}
{{- $own := dict -}}
{{- if ne $tls.mode "none" -}}
{{- $own = dict "tls-certificate" "/etc/fovea-tls/tls.crt" "tls-key" "/etc/fovea-tls/tls.key" -}}
{{- end -}}
{{- if $tls.clientAuthority.secretName -}}
{{- if eq $tls.mode "none" }}{{ fail "tls.clientAuthority needs a tls.mode: clients show certificates by TLS only" }}{{ end -}}
{{- $_ := set $own "client-authority" (printf "/etc/fovea-clients/%s" $tls.clientAuthority.key) -}}
{{- end -}}
{{- with .root.Values.tokens -}}
{{- if .secretName }}{{ $_ := set $own "token-file" (printf "/etc/fovea-tokens/%s" .key) }}{{ end -}}
{{- end -}}
{{- range $key, $_ := $own -}}
{{- if get $server $key -}}
{{- fail (printf "server.%s is the chart's to set where tls or tokens is: leave it out of the configuration" $key) -}}
{{- end -}}
{{- end -}}
{{- if $own -}}
{{- $_ := set $config "server" (merge $own $server) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Not empty where an agent with this configuration serves by TLS. */}}
{{- define "fovea.isSecure" -}}
{{- if dig "server" "tls-certificate" "" . }}yes{{ end -}}
{{- end -}}

{{/* The secret with the agents' certificate; empty where the chart knows of none. */}}
{{- define "fovea.tlsSecret" -}}
{{- if eq .Values.tls.mode "provided" -}}
{{- required "tls.secretName is needed with tls.mode provided: a secret with tls.crt and tls.key" .Values.tls.secretName -}}
{{- else if ne .Values.tls.mode "none" -}}
{{- default (printf "%s-tls" (include "fovea.fullname" .)) .Values.tls.secretName -}}
{{- end -}}
{{- end -}}

{{/* Whom the certificate is of: one name for all agents, since they are asked by address. */}}
{{- define "fovea.serverName" -}}
{{- default (printf "%s.%s.svc" (include "fovea.fullname" .) .Release.Namespace) .Values.tls.serverName -}}
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
  {{- if include "fovea.isSecure" .config }}
  # The kubelet takes any certificate.
  scheme: HTTPS
  {{- end }}
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

{{/* What has Prometheus scrape the agents: podMonitor, serviceMonitor, annotations or nothing. */}}
{{- define "fovea.isScrapedBy" -}}
{{- $monitoring := .Values.monitoring -}}
{{- if and $monitoring.podMonitor.enabled $monitoring.serviceMonitor.enabled -}}
{{- fail "monitoring.podMonitor and monitoring.serviceMonitor would have every agent scraped twice: enable one" -}}
{{- else if $monitoring.podMonitor.enabled -}}
podMonitor
{{- else if $monitoring.serviceMonitor.enabled -}}
serviceMonitor
{{- else if $monitoring.annotations -}}
annotations
{{- end -}}
{{- end -}}

{{/* How a monitor of the Prometheus operator's has the agents scraped; takes a dict of `root` and `monitor`. */}}
{{- define "fovea.scraped" -}}
port: metrics
path: /metrics
interval: {{ .monitor.interval }}
scrapeTimeout: {{ .monitor.scrapeTimeout }}
{{- $system := .root.Values.linux.enabled | ternary "linux" "windows" }}
{{- $tls := dict }}
{{- if include "fovea.isSecure" (include "fovea.config" (dict "root" .root "system" $system) | fromYaml) }}
scheme: https
{{- if ne .root.Values.tls.mode "none" }}
{{- $ca := dict "secret" (dict "name" (include "fovea.tlsSecret" .root) "key" "ca.crt") }}
{{- $tls = dict "serverName" (include "fovea.serverName" .root) "ca" $ca }}
{{- end }}
{{- end }}
{{- range $key, $value := .monitor.tlsConfig }}
{{- $_ := set $tls $key $value }}
{{- end }}
{{- with $tls }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $tokens := .root.Values.tokens }}
{{- $authorization := .monitor.authorization }}
{{- if and $tokens.secretName (not $authorization) }}
{{- $authorization = dict "credentials" (dict "name" $tokens.secretName "key" (default $tokens.key $tokens.scraperKey)) }}
{{- end }}
{{- with $authorization }}
authorization:
  {{- toYaml . | nindent 2 }}
{{- end }}
# `namespace` and `pod` of a series are whose packets it counts, and not the agent's own.
honorLabels: true
relabelings:
  # Else every series without a pod of its own would be the agent's pod's.
  - action: labeldrop
    regex: namespace|pod|container|endpoint|service
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: instance
  # Whatever the release is called: the alert FoveaAgentDown goes by it.
  - targetLabel: job
    replacement: fovea
  {{- with .monitor.cluster }}
  - targetLabel: cluster
    replacement: {{ . | quote }}
  {{- end }}
  {{- with .monitor.relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
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
  {{- if eq (include "fovea.isScrapedBy" .root) "annotations" }}
  prometheus.io/scrape: "true"
  prometheus.io/port: {{ include "fovea.port" .config | quote }}
  {{- end }}
  {{- if include "fovea.isSecure" .config }}
  # kubectl fovea looks at it too.
  prometheus.io/scheme: https
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

{{/* Where the agent finds what `tls` and `tokens` name; empty without. */}}
{{- define "fovea.accessMounts" -}}
{{- if ne .Values.tls.mode "none" -}}
- name: tls
  mountPath: /etc/fovea-tls
  readOnly: true
{{- end }}
{{- if .Values.tls.clientAuthority.secretName }}
- name: clients
  mountPath: /etc/fovea-clients
  readOnly: true
{{- end }}
{{- if .Values.tokens.secretName }}
- name: tokens
  mountPath: /etc/fovea-tokens
  readOnly: true
{{- end }}
{{- end -}}

{{/* The volumes of those mounts. What is in them follows the secrets, and the agent reads it anew. */}}
{{- define "fovea.accessVolumes" -}}
{{- if ne .Values.tls.mode "none" -}}
- name: tls
  secret:
    secretName: {{ include "fovea.tlsSecret" . }}
    defaultMode: 0400
    items:
      - {key: tls.crt, path: tls.crt}
      - {key: tls.key, path: tls.key}
{{- end }}
{{- range $name, $from := dict "clients" .Values.tls.clientAuthority "tokens" .Values.tokens }}
{{- if $from.secretName }}
- name: {{ $name }}
  secret:
    secretName: {{ $from.secretName }}
    defaultMode: 0400
    items:
      - {key: {{ $from.key | quote }}, path: {{ $from.key | quote }}}
{{- end }}
{{- end }}
{{- end -}}
