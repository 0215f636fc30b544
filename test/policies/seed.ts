/** What Gardener 1.148 makes of our Deployments and Services in a seed and in the cluster of the garden: its general policies, and those that it derives from Services. */
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { readPods } from '../../pkg/networkpolicy/read-workloads.ts';
import { readServices } from '../../pkg/networkpolicy/services.ts';
import type { Labels, NetworkPolicy, Pod, PolicyPeer, PolicyPort } from '../../pkg/networkpolicy/types.ts';

/** Labels of the namespaces. */
export const namespaces: ReadonlyMap<string, Labels> = new Map([
  ['extension-networking', { 'gardener.cloud/role': 'extension' }],
  ['garden', {}],
  ['kube-system', {}],
  ['shoot--dev--web', { 'gardener.cloud/role': 'shoot' }],
]);

/** Where the API server of the runtime cluster is: policies contain its address. */
export const runtimeApiServer = '192.0.2.6';

const base = { kind: 'NetworkPolicy' } as const;
const label = (name: string) => ({ matchLabels: { [`networking.gardener.cloud/${name}`]: 'allowed' } });
const inNamespace = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });

/** The general policies of a namespace (pkg/controller/networkpolicy), as far as our pods may have their labels. */
export function generalPolicies(namespace: string): readonly NetworkPolicy[] {
  const dns = ['kube-dns', 'node-local-dns'].map((name) => ({
    namespaceSelector: inNamespace('kube-system'),
    podSelector: { matchExpressions: [{ key: 'k8s-app', operator: 'In' as const, values: [name] }] },
  }));
  const ports = [8_053, 53].flatMap((port) => [
    { protocol: 'UDP' as const, port },
    { protocol: 'TCP' as const, port },
  ]);
  const own = { ...base, namespace };
  return [
    { ...own, name: 'deny-all', podSelector: {}, ingress: [], egress: [] },
    { ...own, name: 'allow-to-dns', podSelector: label('to-dns'), egress: [{ peers: dns, ports }] },
    {
      ...own,
      name: 'allow-to-runtime-apiserver',
      podSelector: label('to-runtime-apiserver'),
      egress: [{ peers: [{ ipBlock: { cidr: `${runtimeApiServer}/32` } }], ports: [{ protocol: 'TCP', port: 443 }] }],
    },
    {
      ...own,
      name: 'allow-to-public-networks',
      podSelector: label('to-public-networks'),
      egress: [{ peers: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '100.64.0.0/10'] } }], ports: [] }],
    },
  ];
}

const prefix = 'networking.resources.gardener.cloud/';

/** The policies that the resource manager derives from a Service (pkg/resourcemanager/controller/networkpolicy). */
export function servicePolicies(object: KubeObject): readonly NetworkPolicy[] {
  const [service] = readServices([object]);
  if (service?.selector === undefined) return [];
  const { namespace, name, selector } = service;
  const annotations = object.metadata.annotations ?? {};
  const parse = (key: string): unknown => JSON.parse(annotations[`${prefix}${key}`] ?? '[]');
  const selectors = parse('namespace-selectors') as readonly { readonly matchLabels: Labels }[];
  const others = [...namespaces].filter(([other, labels]) =>
    selectors.some((one) => matches(one.matchLabels, other, labels)),
  );
  const clients = [...new Set([namespace, ...others.map(([other]) => other)])];
  const alias = annotations[`${prefix}pod-label-selector-namespace-alias`] ?? namespace;
  const rules = [
    ...service.ports.map(({ protocol, targetPort }) => ({
      id: `${name}-${protocol.toLowerCase()}-${targetPort}`,
      port: { protocol, port: targetPort },
    })),
    ...Object.keys(annotations).flatMap((key) => {
      const id = /^networking\.resources\.gardener\.cloud\/from-(.+)-allowed-ports$/.exec(key)?.[1];
      return id === undefined
        ? []
        : (parse(key.slice(prefix.length)) as readonly PolicyPort[]).map((port) => ({ id, port }));
    }),
  ];
  const derived = clients.flatMap((client) =>
    rules.flatMap(({ id, port }): readonly NetworkPolicy[] => {
      const key = `${prefix}to-${client === namespace ? '' : `${alias}-`}${id}`;
      const podSelector = { matchLabels: { [key]: 'allowed' } };
      const server = { matchLabels: selector };
      const named = `${name}-${id}-${String(port.port)}-${client}`;
      const rule = (peer: PolicyPeer) => [{ peers: [peer], ports: [port] }];
      const there = client === namespace ? {} : { namespaceSelector: inNamespace(client) };
      const here = client === namespace ? {} : { namespaceSelector: inNamespace(namespace) };
      return [
        {
          ...base,
          namespace,
          name: `ingress-to-${named}`,
          podSelector: server,
          ingress: rule({ podSelector, ...there }),
        },
        {
          ...base,
          namespace: client,
          name: `egress-to-${named}`,
          podSelector,
          egress: rule({ podSelector: server, ...here }),
        },
      ];
    }),
  );
  const world = parse('from-world-to-ports') as readonly PolicyPort[];
  return world.length === 0
    ? derived
    : [
        ...derived,
        {
          ...base,
          namespace,
          name: `ingress-to-${name}-from-world`,
          podSelector: { matchLabels: selector },
          ingress: [{ peers: [], ports: world }],
        },
      ];
}

function matches(wanted: Labels, name: string, labels: Labels): boolean {
  const all: Labels = { ...labels, 'kubernetes.io/metadata.name': name };
  return Object.entries(wanted).every(([key, value]) => all[key] === value);
}

const allowed = (...names: readonly string[]): Labels =>
  Object.fromEntries(names.map((name) => [`${prefix}to-${name}`, 'allowed']));

function gardenerPod(namespace: string, name: string, labels: Labels): Pod {
  return {
    namespace,
    name,
    labels: { app: name, ...labels },
    ports: [],
    hostNetwork: false,
    node: 'node-2',
    addresses: ['100.96.1.9'],
  };
}

/** Pods of Gardener with which our pods exchange traffic. */
export const gardenerPods = {
  coredns: { ...gardenerPod('kube-system', 'coredns', {}), labels: { 'k8s-app': 'kube-dns' } },
  prometheusSeed: gardenerPod('garden', 'prometheus-seed', allowed('extensions-all-seed-scrape-targets')),
  prometheusGarden: gardenerPod('garden', 'prometheus-garden', allowed('all-garden-scrape-targets')),
  shootApiServer: gardenerPod('shoot--dev--web', 'kube-apiserver', allowed('extensions-all-webhook-targets')),
  virtualGarden: gardenerPod('garden', 'virtual-garden-kube-apiserver', allowed('all-webhook-targets')),
  stranger: gardenerPod('garden', 'stranger', {}),
} as const;

function apiServerService(pod: Pod, annotations: Readonly<Record<string, string>>): KubeObject {
  const { namespace, name } = pod;
  const keyed = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`${prefix}${key}`, value]));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations: keyed },
    spec: { selector: { app: name }, ports: [{ port: 443, targetPort: 443, protocol: 'TCP' }] },
  };
}

/** Services of API servers, from which Gardener derives policies for their clients. */
export const apiServerServices: readonly KubeObject[] = [
  apiServerService(gardenerPods.shootApiServer, {
    'namespace-selectors': JSON.stringify([{ matchLabels: { 'gardener.cloud/role': 'extension' } }]),
    'pod-label-selector-namespace-alias': 'all-shoots',
  }),
  apiServerService(gardenerPods.virtualGarden, {}),
];

/** Returns all policies of the namespaces of our pods and their clients, and our pods. */
export function readInstallation(objects: readonly KubeObject[]): {
  readonly policies: readonly NetworkPolicy[];
  readonly pods: readonly Pod[];
} {
  const services = objects.filter(({ kind }) => kind === 'Service');
  return {
    policies: [
      ...['extension-networking', 'garden', 'shoot--dev--web'].flatMap(generalPolicies),
      ...[...services, ...apiServerServices].flatMap(servicePolicies),
    ],
    pods: readPods({ objects, podRanges: ['100.96.0.9/32'] }).map((pod): Pod => ({ ...pod, node: 'node-1' })),
  };
}
