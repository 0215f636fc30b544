import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import {
  type DataPathTopic,
  type DataPathValue,
  findNamed,
  formatDataPathValue,
  memberAt,
} from '../network/data-path.ts';

/**
 * Returns the values in Calico's objects that determine the data path: settings of calico-node, the configuration of the CNI plugin, and pools
 * (docs/design/calico.md#objects-in-the-shoot and docs/design/calico.md#workloads). Supports objects of this project and of the Go extension;
 * without calico-node the first two are absent.
 */
export function calicoDataPath(objects: readonly KubeObject[]): readonly DataPathValue[] {
  const node = findNamed(objects, 'DaemonSet', 'calico-node');
  const config = findNamed(objects, 'ConfigMap', 'calico-config');
  return [
    ...(node === undefined ? [] : nodeValues(node, hasIPv6Pool(objects))),
    ...(config === undefined ? [] : configValues(config)),
    ...objects.filter(({ kind }) => kind === 'IPPool').flatMap(poolValues),
  ];
}

const variables: Readonly<Record<string, DataPathTopic>> = {
  CALICO_IPV4POOL_CIDR: 'address range',
  CALICO_IPV6POOL_CIDR: 'address range',
  CALICO_IPV4POOL_BLOCK_SIZE: 'address range',
  CALICO_IPV6POOL_BLOCK_SIZE: 'address range',
  CALICO_IPV4POOL_IPIP: 'encapsulation',
  CALICO_IPV4POOL_VXLAN: 'encapsulation',
  CALICO_IPV6POOL_VXLAN: 'encapsulation',
  FELIX_IPINIPENABLED: 'encapsulation',
  FELIX_VXLANENABLED: 'encapsulation',
  CALICO_IPV4POOL_NAT_OUTGOING: 'masquerading',
  CALICO_IPV6POOL_NAT_OUTGOING: 'masquerading',
  FELIX_NATPORTRANGE: 'masquerading',
  FELIX_IPINIPMTU: 'MTU',
  FELIX_VXLANMTU: 'MTU',
  FELIX_WIREGUARDMTU: 'MTU',
  FELIX_BPFENABLED: 'data plane',
  FELIX_NFTABLESMODE: 'data plane',
  FELIX_WIREGUARDENABLED: 'encryption',
  FELIX_WIREGUARDENABLEDV6: 'encryption',
  CALICO_NETWORKING_BACKEND: 'routing',
  USE_POD_CIDR: 'address management',
};

/** An IPPool object for IPv6 overrides the variable from which calico-node would create a pool. */
function hasIPv6Pool(objects: readonly KubeObject[]): boolean {
  return Boolean(memberAt(findNamed(objects, 'IPPool', 'default-ipv6-ippool'), ['spec', 'cidr']));
}

function nodeValues(node: KubeObject, ipv6Pool: boolean): readonly DataPathValue[] {
  const containers = memberAt(node, ['spec', 'template', 'spec', 'containers']);
  const container = records(containers).find((one) => one['name'] === 'calico-node');
  const given = new Map(records(container?.['env']).map((one) => [String(one['name']), one]));
  return Object.entries(variables).map(([name, about]) => {
    const variable = ipv6Pool && name === 'CALICO_IPV6POOL_CIDR' ? undefined : given.get(name);
    const value = formatDataPathValue(variable?.['value'] ?? variable?.['valueFrom']);
    return { about, place: `DaemonSet kube-system/calico-node env ${name}`, value };
  });
}

const configKeys: Readonly<Record<string, DataPathTopic>> = { calico_backend: 'routing', veth_mtu: 'MTU' };

/** Returns only addresses and MTU of the CNI configuration, since its formatting may differ. */
function configValues(config: KubeObject): readonly DataPathValue[] {
  const place = 'ConfigMap kube-system/calico-config data';
  const plain = Object.entries(configKeys).map(([key, about]) => {
    return { about, place: `${place}.${key}`, value: formatDataPathValue(memberAt(config, ['data', key])) };
  });
  const plugin = calicoPlugin(memberAt(config, ['data', 'cni_network_config']));
  const ipam = recordOf(plugin?.['ipam']);
  const inside = (name: string): string => `${place}.cni_network_config plugin calico ${name}`;
  return [
    ...plain,
    { about: 'MTU', place: inside('mtu'), value: formatDataPathValue(plugin?.['mtu']) },
    ...['type', 'subnet', 'ranges', 'assign_ipv4', 'assign_ipv6', 'ipv4_pools', 'ipv6_pools'].map(
      (name): DataPathValue => ({
        about: 'address management',
        place: inside(`ipam.${name}`),
        value: formatDataPathValue(ipam[name]),
      }),
    ),
  ];
}

function calicoPlugin(text: unknown): Readonly<Record<string, unknown>> | undefined {
  try {
    // The script of install-cni replaces tokens, some of which are unquoted.
    const config: unknown = JSON.parse(String(text).replace(/(?<!")__[A-Z0-9_]+__(?!")/g, (token) => `"${token}"`));
    return records(memberAt(config, ['plugins'])).find((one) => one['type'] === 'calico');
  } catch {
    return undefined;
  }
}

const poolFields: Readonly<Record<string, DataPathTopic>> = {
  cidr: 'address range',
  blockSize: 'address range',
  disabled: 'address range',
  allowedUses: 'address range',
  nodeSelector: 'address range',
  ipipMode: 'encapsulation',
  vxlanMode: 'encapsulation',
  natOutgoing: 'masquerading',
};

function poolValues(pool: KubeObject): readonly DataPathValue[] {
  return Object.entries(poolFields).map(([field, about]) => ({
    about,
    place: `IPPool ${pool.metadata.name} spec.${field}`,
    value: formatDataPathValue(memberAt(pool, ['spec', field])),
  }));
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
