/** What calico puts into the shoot's control plane namespace for its monitoring (docs/design/calico.md#monitoring). Nothing here depends on the shoot's version. */
import { labels } from '../../gardener/constants.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { ObjectName } from '../../network/plugin.ts';
import { scrapeConfig } from '../../network/scrapeconfig.ts';
import { calicoDashboards } from './dashboards.ts';
import { type CalicoComponent, calicoKeepRegex } from './metrics.ts';

interface CalicoMonitoringInput {
  /** The shoot's control plane namespace in the seed. */
  readonly namespace: string;
  /** Whether calico-node runs the bird exporter; without it there is nothing to scrape (docs/design/calico.md#monitoring). */
  readonly birdExporter: boolean;
}

/**
 * The ConfigMap with the dashboards, and one ScrapeConfig per component that has metrics. The dashboards are always all three, so
 * that links to them stay valid; typha's is scraped even when typha is off, as the Service is there then, too (docs/design/calico.md#objects-in-the-shoot).
 */
export function calicoMonitoring({ namespace, birdExporter }: CalicoMonitoringInput): readonly KubeObject[] {
  const scraped: readonly CalicoComponent[] = birdExporter ? ['felix', 'typha', 'bird'] : ['felix', 'typha'];
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: dashboards.name, namespace, labels: { [labels.dashboard]: 'true' } },
      data: calicoDashboards(),
    },
    ...scraped.map((component) =>
      scrapeConfig({
        name: scrapeConfigName(component),
        namespace,
        job: `${component}-metrics`,
        serviceName: `calico-${component}-monitoring`,
        portName: portNames[component],
        keep: calicoKeepRegex[component],
      }),
    ),
  ];
}

const dashboards: ObjectName = { apiVersion: 'v1', kind: 'ConfigMap', name: 'calico-dashboards' };

/** What the extension makes in a control plane namespace, at one time or another. */
export const calicoMonitoringNames: readonly ObjectName[] = [
  dashboards,
  ...(['felix', 'typha', 'bird'] as const).map((component) => ({
    apiVersion: 'monitoring.coreos.com/v1alpha1',
    kind: 'ScrapeConfig',
    name: scrapeConfigName(component),
  })),
];

/** What only versions before Gardener's present monitoring contract (docs/design/gardener.md#monitoring) made there. */
export const calicoLegacyMonitoringNames: readonly ObjectName[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', name: 'calico-monitoring-config' },
];

/** Names of the container ports. */
const portNames: Readonly<Record<CalicoComponent, string>> = {
  felix: 'metrics',
  typha: 'metrics',
  bird: 'bird-metrics',
};

function scrapeConfigName(component: CalicoComponent): string {
  return `shoot-calico-${component}`;
}
