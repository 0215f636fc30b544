/** The monitoring objects of Calico in the control plane namespace of a shoot (docs/design/calico.md#monitoring). They do not depend on the version of the shoot. */
import { labels } from '../../gardener/constants.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { ObjectName } from '../../network/plugin.ts';
import { scrapeConfig } from '../../network/scrapeconfig.ts';
import { calicoDashboards } from './dashboards.ts';
import { type CalicoComponent, calicoKeepRegex } from './metrics.ts';

interface CalicoMonitoringInput {
  /** The shoot's control plane namespace in the seed. */
  readonly namespace: string;
  readonly typha: boolean;
  /** Whether calico-node runs the bird exporter, without which bird has no metrics. */
  readonly birdExporter: boolean;
}

/**
 * Returns the ConfigMap with the dashboards, and one ScrapeConfig per component that runs and has metrics. All three dashboards always exist, so
 * that links to them remain valid.
 */
export function calicoMonitoring({ namespace, typha, birdExporter }: CalicoMonitoringInput): readonly KubeObject[] {
  const runs: Readonly<Record<CalicoComponent, boolean>> = { felix: true, typha, bird: birdExporter };
  const scraped = (['felix', 'typha', 'bird'] as const).filter((component) => runs[component]);
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

/** All objects that the extension may create in a control plane namespace. */
export const calicoMonitoringNames: readonly ObjectName[] = [
  dashboards,
  ...(['felix', 'typha', 'bird'] as const).map((component) => ({
    apiVersion: 'monitoring.coreos.com/v1alpha1',
    kind: 'ScrapeConfig',
    name: scrapeConfigName(component),
  })),
];

/** Objects of versions before Gardener's current monitoring contract (docs/design/gardener.md#monitoring). */
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
