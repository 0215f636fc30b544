import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { Cluster } from '../../test/installation/cluster.ts';
import type { LocalPod } from '../../test/installation/pod.ts';

export interface SummaryInput {
  readonly cluster: Cluster;
  /** Path of the administrator's. */
  readonly kubeconfig: string;
  /** Its name, or its path where it is not in PATH. */
  readonly kubectl: string;
  readonly networks: readonly KubeObject[];
  readonly pods: readonly LocalPod[];
  /** `namespace/name`. */
  readonly shoot: string;
  /** Nothing goes on after it. */
  readonly once: boolean;
}

/** What is installed, where it answers and how to look at it. */
export async function installSummary(input: SummaryInput): Promise<string> {
  const { cluster, networks, pods, kubeconfig, shoot, once } = input;
  const made = await Promise.all(networks.map((network) => lineOf(cluster, network)));
  const [first] = networks;
  const lines = [
    '',
    ...made,
    '',
    ...pods.flatMap(({ name, ports, log, account }) => [
      name,
      `  as        ${account}`,
      `  metrics   http://127.0.0.1:${ports['metrics']}/metrics`,
      `  health    http://127.0.0.1:${ports['health']}/healthz  and /readyz`,
      `  output    ${log}`,
    ]),
    '',
    'No node runs here: each process stands for the pod of its Deployment, and webhooks are reached by address, since no',
    'Service leads to them. What would go into the shoots is in the ManagedResources.',
    '',
  ];
  const { kubectl } = input;
  const hints = [
    `export KUBECONFIG=${kubeconfig}`,
    `${kubectl} get networks,managedresources -A`,
    `${kubectl} -n ${first?.metadata.namespace} get network ${first?.metadata.name} -o yaml`,
    `${kubectl} -n ${shoot.split('/')[0]} edit shoot ${shoot.split('/')[1]}   # the admission has a say`,
  ];
  const look = ['Look at it:', ...hints.map((hint) => `  ${hint}`), '', 'Ctrl-C ends it.', ''];
  return [...lines, ...(once ? [] : look)].join('\n');
}

async function lineOf({ client }: Cluster, network: KubeObject): Promise<string> {
  const { namespace } = network.metadata;
  const status = isRecord(network['status']) ? network['status'] : {};
  const last = isRecord(status['lastOperation']) ? status['lastOperation'] : {};
  const { items } = await client.list({ resource: resources.managedResources, namespace });
  const names = items.map(({ metadata }) => metadata.name).join(', ');
  const done = `${String(last['type'])} ${String(last['state'])}`;
  return `Network ${namespace}/${network.metadata.name}: ${done}; ManagedResource ${names}`;
}
