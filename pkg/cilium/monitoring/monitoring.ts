/** The monitoring objects of Cilium in the control plane namespace of a shoot (docs/design/cilium.md#monitoring). They do not depend on the shoot. */
import { labels } from '../../gardener/constants.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { ObjectName } from '../../network/plugin.ts';
import { ciliumDashboards } from './dashboards.ts';
import { type CiliumComponent, ciliumKeepRegex } from './metrics.ts';

interface CiliumMonitoringInput {
  /** The shoot's control plane namespace in the seed. */
  readonly namespace: string;
}

/**
 * Returns the dashboards, a recording rule and a ScrapeConfig per component. Hubble is scraped even if it is disabled, as in running shoots; it then
 * has no metrics.
 */
export function ciliumMonitoring({ namespace }: CiliumMonitoringInput): readonly KubeObject[] {
  const prometheus = { namespace, labels: { prometheus: 'shoot' } };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: dashboards.name, namespace, labels: { [labels.dashboard]: 'true' } },
      data: ciliumDashboards(),
    },
    {
      apiVersion: rule.apiVersion,
      kind: rule.kind,
      metadata: { name: rule.name, ...prometheus },
      spec: { groups: [{ name: 'recording-rules.rules', rules: [apiLatency] }] },
    },
    ...components.map((component) => ({
      apiVersion: scrapeApi,
      kind: 'ScrapeConfig',
      metadata: { name: scrapeConfigName(component), ...prometheus },
      spec: scrapeSpec(component),
    })),
  ];
}

const components: readonly CiliumComponent[] = ['agent', 'hubble', 'operator'];
const scrapeApi = 'monitoring.coreos.com/v1alpha1';
const dashboards: ObjectName = { apiVersion: 'v1', kind: 'ConfigMap', name: 'cilium-dashboards' };
const rule: ObjectName = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', name: 'shoot-cilium-agent' };

/** All objects that the extension creates in a control plane namespace. */
export const ciliumMonitoringNames: readonly ObjectName[] = [
  dashboards,
  rule,
  ...components.map((component) => ({
    apiVersion: scrapeApi,
    kind: 'ScrapeConfig',
    name: scrapeConfigName(component),
  })),
];

/** Objects of versions before Gardener's current monitoring contract (docs/design/gardener.md#monitoring). */
export const ciliumLegacyMonitoringNames: readonly ObjectName[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', name: 'cilium-monitoring-config' },
];

const apiLatency = {
  record: 'cilium:api_latency',
  labels: { quantile: '0.99' },
  expr: 'histogram_quantile(0.99,sum by(verb, method, path, le) (rate(cilium_agent_api_process_time_seconds_bucket[10m])))',
};

interface Scrape {
  readonly job: string;
  readonly role: 'Endpoints' | 'Pod';
  /** Source labels, and the required value of their concatenation with semicolons. */
  readonly keep: readonly [sourceLabels: readonly string[], regex: string];
  /** Undefined for the port in the annotation of the pod. */
  readonly port: number | undefined;
}

/** Agents are discovered by the annotation of Service `hubble-metrics`, which selects them (verdict 21). */
const agents = [
  ['__meta_kubernetes_pod_label_k8s_app', '__meta_kubernetes_service_annotation_prometheus_io_scrape'],
  'cilium;true',
] as const;

const scrapes: Readonly<Record<CiliumComponent, Scrape>> = {
  agent: { job: 'cilium-agent-metrics', role: 'Endpoints', keep: agents, port: 9090 },
  hubble: { job: 'hubble-metrics', role: 'Endpoints', keep: agents, port: 9091 },
  operator: {
    job: 'cilium-operator-metrics',
    role: 'Pod',
    keep: [
      ['__meta_kubernetes_pod_label_io_cilium_app', '__meta_kubernetes_pod_annotation_prometheus_io_scrape'],
      'operator;true',
    ],
    port: undefined,
  },
};

function scrapeConfigName(component: CiliumComponent): string {
  return `shoot-cilium-${component}`;
}

/** Prometheus runs in the seed and cannot reach pods, so each pod is scraped through the proxy of the shoot's API server. */
function scrapeSpec(component: CiliumComponent): object {
  const { job, role, keep, port } = scrapes[component];
  const [sourceLabels, regex] = keep;
  const discovery = {
    role,
    apiServer: 'https://kube-apiserver',
    authorization,
    followRedirects: true,
    namespaces: { names: ['kube-system'] },
    tlsConfig,
  };
  return {
    scheme: 'HTTPS',
    authorization,
    tlsConfig,
    kubernetesSDConfigs: [discovery],
    relabelings: [
      { action: 'replace', targetLabel: 'job', replacement: job },
      { action: 'keep', sourceLabels, separator: ';', regex, replacement: '$1' },
      { action: 'labelmap', regex: '__meta_kubernetes_pod_label_(.+)' },
      {
        action: 'replace',
        sourceLabels: [podName],
        separator: ';',
        regex: '(.*)',
        targetLabel: 'pod',
        replacement: '$1',
      },
      { targetLabel: '__address__', replacement: 'kube-apiserver:443' },
      metricsPath(port),
    ],
    metricRelabelings: [{ action: 'keep', sourceLabels: ['__name__'], regex: ciliumKeepRegex[component] }],
  };
}

const podName = '__meta_kubernetes_pod_name';

/** The braces are part of Prometheus' replacement syntax. */
function metricsPath(port: number | undefined): object {
  const path = (portText: string): string => `/api/v1/namespaces/kube-system/pods/\${1}:${portText}/proxy/metrics`;
  const rest = { action: 'replace', separator: ';', targetLabel: '__metrics_path__' };
  if (port !== undefined) return { ...rest, sourceLabels: [podName], regex: '(.+)', replacement: path(String(port)) };
  const sourceLabels = [podName, '__meta_kubernetes_pod_annotation_prometheus_io_port'];
  return { ...rest, sourceLabels, regex: '(.+);(.+)', replacement: path('${2}') };
}

/** The token that gardenlet renews for this Prometheus. */
const authorization = { credentials: { name: 'shoot-access-prometheus-shoot', key: 'token' } };
const tlsConfig = { insecureSkipVerify: true };
