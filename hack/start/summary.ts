import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';

export interface SummaryInput {
  readonly client: KubeClient;
  readonly network: KubeObject;
  readonly kubeconfig: string;
  /** Fields of the providerConfig for the suggested change. */
  readonly change: object;
}

const kinds = [
  resources.managedResources,
  resources.secrets,
  resources.scrapeConfigs,
  resources.prometheusRules,
  resources.configMaps,
];

/** Describes the objects that the controller created for a Network, and commands to try. */
export async function startSummary({ client, network, kubeconfig, change }: SummaryInput): Promise<string> {
  const { namespace = '', name } = network.metadata;
  const status = recordOf(network['status']);
  const last = recordOf(status['lastOperation']);
  const [managedResources, secrets, scrapeConfigs, prometheusRules, configMaps] = await Promise.all(
    kinds.map(async (resource) => (await client.list({ resource, namespace })).items),
  );
  const patch = JSON.stringify({
    spec: { providerConfig: change },
    metadata: { annotations: { 'gardener.cloud/operation': 'reconcile' } },
  });
  const objects = readManifests(secrets ?? []);
  const lines = [
    '',
    `Network ${namespace}/${name}: ${String(last['type'])} ${String(last['state'])}, ${String(last['description'])}`,
    '',
    ...named('ManagedResource', managedResources),
    ...(secrets ?? []).map((secret) => `  Secret           ${secret.metadata.name} (${dataSize(secret)})`),
    ...named('ScrapeConfig', scrapeConfigs),
    ...named('PrometheusRule', prometheusRules),
    ...named(
      'ConfigMap',
      (configMaps ?? []).filter((one) => one.metadata.name !== 'kube-root-ca.crt'),
    ),
    '',
    `${objects.length} objects for the shoot: ${countKinds(objects)}`,
    '',
    'Try:',
    `  export KUBECONFIG=${kubeconfig}`,
    '  kubectl get networks,managedresources -A',
    `  kubectl -n ${namespace} patch network ${name} --type=merge -p '${patch}'`,
    '',
    'Press Ctrl-C to stop.',
    '',
  ];
  return lines.join('\n');
}

function named(kind: string, objects: readonly KubeObject[] = []): readonly string[] {
  return objects.map((object) => `  ${kind.padEnd(16)} ${object.metadata.name}`);
}

function dataSize(secret: KubeObject): string {
  const data = isRecord(secret['data']) ? Object.entries(secret['data']) : [];
  return data.map(([key, value]) => `${key} ${(String(value).length / 1024).toFixed(1)} KiB`).join(', ');
}

function countKinds(objects: readonly KubeObject[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}
