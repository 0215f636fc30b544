/** ScrapeConfigs with which the Prometheus of a shoot's control plane scrapes pods in the shoot (docs/design/gardener.md#monitoring). */
import type { KubeObject } from '../gardener/objects.ts';

/** A metric that a dashboard uses, as registered by the component. */
export interface ScrapedMetric {
  /**
   * A summary is exported with the quantiles 0.5, 0.9 and 0.99, and has no buckets. A histogram is exported as `_bucket` with label `le`,
   * `_sum` and `_count`, each listed by its own name as a counter.
   */
  readonly type: 'gauge' | 'counter' | 'summary';
  /** Without the labels that the ScrapeConfig adds, and without `quantile` of a summary. */
  readonly labels: readonly string[];
}

interface ScrapeConfigInput {
  readonly name: string;
  /** The shoot's control plane namespace in the seed. */
  readonly namespace: string;
  /** Value of the label `job` on all series. */
  readonly job: string;
  /** A Service in the shoot's kube-system whose endpoints are scraped ... */
  readonly serviceName: string;
  /** ... at the container port of this name. */
  readonly portName: string;
  /** Names of metrics to keep: a regular expression that Prometheus anchors at both ends. */
  readonly keep: string;
}

/**
 * Returns the ScrapeConfig for the pods behind one port of one Service. Prometheus runs in the seed and cannot reach pods, so each pod is
 * scraped through the proxy of the shoot's API server. Series get the labels `job`, `node` and `pod`.
 */
export function scrapeConfig(input: ScrapeConfigInput): KubeObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1alpha1',
    kind: 'ScrapeConfig',
    metadata: { name: input.name, namespace: input.namespace, labels: { prometheus: 'shoot' } },
    spec: {
      authorization,
      kubernetesSDConfigs: [
        {
          // The CRD rejects `endpoints`, which is the spelling in Gardener's documentation.
          role: 'Endpoints',
          apiServer: 'https://kube-apiserver',
          authorization,
          followRedirects: true,
          namespaces: { names: [kubeSystem] },
          tlsConfig,
        },
      ],
      metricRelabelings: [{ action: 'keep', sourceLabels: ['__name__'], regex: input.keep }],
      relabelings: [
        { action: 'replace', targetLabel: 'job', replacement: input.job },
        {
          action: 'keep',
          sourceLabels: ['__meta_kubernetes_service_name', '__meta_kubernetes_pod_container_port_name'],
          separator: ';',
          regex: `${input.serviceName};${input.portName}`,
          replacement: '$1',
        },
        copy('__meta_kubernetes_endpoint_node_name', 'node'),
        copy('__meta_kubernetes_pod_name', 'pod'),
        { targetLabel: '__address__', replacement: 'kube-apiserver:443' },
        {
          action: 'replace',
          sourceLabels: ['__meta_kubernetes_pod_name', '__meta_kubernetes_pod_container_port_number'],
          separator: ';',
          regex: '(.+);(.+)',
          targetLabel: '__metrics_path__',
          // The braces are part of Prometheus' replacement syntax.
          replacement: `/api/v1/namespaces/${kubeSystem}/pods/\${1}:\${2}/proxy/metrics`,
        },
      ],
      scheme: 'HTTPS',
      tlsConfig,
    },
  };
}

const kubeSystem = 'kube-system';

/** The token that gardenlet renews for this Prometheus. */
const authorization = { credentials: { name: 'shoot-access-prometheus-shoot', key: 'token' } };

const tlsConfig = { insecureSkipVerify: true };

function copy(source: string, targetLabel: string): object {
  return { action: 'replace', sourceLabels: [source], separator: ';', regex: '(.*)', targetLabel, replacement: '$1' };
}
