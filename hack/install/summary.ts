import { resources } from '../../controllers/resources.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { Cluster } from '../../test/installation/cluster.ts';
import type { LocalPod } from '../../test/installation/pod.ts';

export interface SummaryInput {
  readonly cluster: Cluster;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** `kubectl`, or its path if it is not in PATH. */
  readonly kubectl: string;
  readonly networks: readonly KubeObject[];
  readonly pods: readonly LocalPod[];
  /** `namespace/name`. */
  readonly shoot: string;
  /** True if the processes stop after the summary. */
  readonly once: boolean;
}

/** Describes the installed objects and processes, their addresses, and commands to try. */
export async function installSummary(input: SummaryInput): Promise<string> {
  const { cluster, networks, pods, kubeconfig, shoot, once } = input;
  const results = await Promise.all(networks.map((network) => describeNetwork(cluster, network)));
  const [first] = networks;
  const lines = [
    '',
    ...results,
    '',
    ...pods.flatMap(({ name, ports, log, account }) => [
      name,
      `  account   ${account}`,
      `  metrics   http://127.0.0.1:${ports['metrics']}/metrics`,
      `  health    http://127.0.0.1:${ports['health']}/healthz, http://127.0.0.1:${ports['health']}/readyz`,
      `  log       ${log}`,
    ]),
    '',
    'The control plane has no nodes: each process replaces the pod of its Deployment, and webhooks are called by address',
    'instead of a Service. The ManagedResources contain the objects for the shoots.',
    '',
  ];
  const { kubectl } = input;
  const hints = [
    `export KUBECONFIG=${kubeconfig}`,
    `${kubectl} get networks,managedresources -A`,
    `${kubectl} -n ${first?.metadata.namespace} get network ${first?.metadata.name} -o yaml`,
    `${kubectl} -n ${shoot.split('/')[0]} edit shoot ${shoot.split('/')[1]}   # validated by the admission`,
  ];
  const usage = ['Try:', ...hints.map((hint) => `  ${hint}`), '', 'Press Ctrl-C to stop.', ''];
  return [...lines, ...(once ? [] : usage)].join('\n');
}

async function describeNetwork({ client }: Cluster, network: KubeObject): Promise<string> {
  const { namespace } = network.metadata;
  const status = recordOf(network['status']);
  const last = recordOf(status['lastOperation']);
  const { items } = await client.list({ resource: resources.managedResources, namespace });
  const names = items.map(({ metadata }) => metadata.name).join(', ');
  const operation = `${String(last['type'])} ${String(last['state'])}`;
  return `Network ${namespace}/${network.metadata.name}: ${operation}; ManagedResource ${names}`;
}
