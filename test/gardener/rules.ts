/** Gardener's rules about the network of a Shoot: the Go function of each rule, and Shoots that it accepts and rejects. */
import type { ShootCase } from './judge.ts';
import { createShoot, type Variant } from './shoots.ts';

interface RuleCase {
  /** What differs from a valid Shoot. */
  readonly shoot: Variant;
  /** The stored Shoot of an update. */
  readonly old?: Variant;
}

/** By Go function (pkg/api/core/validation, pkg/utils/validation/cidr), then by case. */
const rules: Readonly<Record<string, Readonly<Record<string, RuleCase>>>> = {
  'cidr.ValidateParse': {
    'no prefix': networking({ pods: '100.96.0.0' }),
    'a prefix of 33 bits': networking({ nodes: '10.180.0.0/33' }),
    'leading zeros in an address': networking({ services: '010.0.0.0/8' }),
    'leading zeros in a prefix': networking({ services: '100.64.0.0/013' }),
  },
  'cidr.ValidateIPFamily': {
    'IPv6 in an IPv4 Shoot': networking({ services: '2001:db8:2::/112' }),
    'IPv4 in an IPv6 Shoot': networking({ ipFamilies: ['IPv6'] }),
    'both in a dual-stack Shoot': networking({ ipFamilies: ['IPv4', 'IPv6'], services: '2001:db8:2::/112' }),
    'an IPv4-mapped range': networking({ pods: '::ffff:100.96.0.0/107' }),
  },
  'cidr.ValidateCIDRIsCanonical': {
    'pods with host bits': networking({ pods: '100.96.0.1/11' }),
    'services with host bits': networking({ services: '100.64.0.1/13' }),
    'nodes with host bits': networking({ nodes: '10.180.0.1/16' }),
    'IPv6 with host bits': networking({ ipFamilies: ['IPv4', 'IPv6'], nodes: '2001:db8::1/64' }),
    'upper-case IPv6': networking({ ipFamilies: ['IPv4', 'IPv6'], nodes: '2001:DB8:0::/64' }),
  },
  'cidr.ValidateShootNetworkDisjointedness': {
    'pods and services': networking({ services: '100.96.0.0/13' }),
    'pods and nodes': networking({ pods: '10.180.128.0/17' }),
    'services and nodes': networking({ nodes: '100.64.0.0/16' }),
    'all of them': networking({ pods: '10.0.0.0/8', services: '10.0.0.0/8', nodes: '10.0.0.0/8' }),
    'IPv6 in dual-stack': networking({
      ipFamilies: ['IPv4', 'IPv6'],
      pods: '2001:db8::/48',
      nodes: '2001:db8:0:1::/64',
    }),
    'IPv6 alone, which is not compared': networking({
      ipFamilies: ['IPv6'],
      pods: '2001:db8::/48',
      nodes: '2001:db8:0:1::/64',
      services: null,
    }),
  },
  'cidr.ValidateNetworkDisjointedness': {
    'mapping of kube-apiserver': networking({ nodes: '240.1.0.0/16' }),
    'mapping of pods of the seed': networking({ pods: '241.0.0.0/12' }),
    'mapping of nodes': networking({ pods: '242.0.0.0/12' }),
    'mapping of services': networking({ services: '243.0.0.0/13' }),
    'mapping of pods': networking({ services: '244.0.0.0/13' }),
    'the range of the VPN': networking({ ipFamilies: ['IPv4', 'IPv6'], nodes: 'fd8f:6d53:b97a:1::/64' }),
    'a Shoot that has its seed': {
      ...networking({ nodes: '240.1.0.0/16' }, { spec: { seedName: 'a' } }),
      old: { networking: { nodes: '240.1.0.0/16' }, spec: { seedName: 'a' } },
    },
    'a Shoot that changes its seed': {
      ...networking({ nodes: '240.1.0.0/16' }, { spec: { seedName: 'b' } }),
      old: { networking: { nodes: '240.1.0.0/16' }, spec: { seedName: 'a' } },
    },
  },
  ValidateIPFamilies: {
    'an unknown family': networking({ ipFamilies: ['IPv5'] }),
    'a family in lower case': networking({ ipFamilies: ['ipv4'] }),
    'a family twice': networking({ ipFamilies: ['IPv4', 'IPv4'] }),
  },
  validateNetworking: {
    'a type that is no label': networking({ type: 'no/label' }),
    'another type': networking({ type: 'other' }),
    'a network without workers': { shoot: { workerless: true, networking: { type: 'calico', pods: '100.96.0.0/11' } } },
    'services without workers': { shoot: { workerless: true, networking: { services: '100.64.0.0/13' } } },
    'nodes and options without workers': {
      shoot: { workerless: true, networking: { nodes: '10.180.0.0/16', providerConfig: {} } },
    },
  },
  ValidateKubeControllerManager: {
    'an IPv4 mask of 15': masks({ nodeCIDRMaskSize: 15 }),
    'an IPv4 mask of 16': masks({ nodeCIDRMaskSize: 16 }),
    'an IPv4 mask of 29': masks({ nodeCIDRMaskSize: 29 }),
    'an IPv6 mask in IPv4': masks({ nodeCIDRMaskSizeIPv6: 64 }),
    'an IPv6 mask of 63 in dual-stack': masks({ nodeCIDRMaskSizeIPv6: 63 }, ['IPv4', 'IPv6']),
    'an IPv6 mask of 80 in dual-stack': masks({ nodeCIDRMaskSizeIPv6: 80 }, ['IPv4', 'IPv6']),
    'both masks in IPv6': masks({ nodeCIDRMaskSize: 80, nodeCIDRMaskSizeIPv6: 80 }, ['IPv6']),
    'an IPv4 mask in IPv6': masks({ nodeCIDRMaskSize: 24 }, ['IPv6']),
    'a mask without workers': { shoot: { workerless: true, controllerManager: { nodeCIDRMaskSize: 24 } } },
  },
  ValidateNodeCIDRMaskWithMaxPod: {
    '110 pods in a mask of 25': masks({ nodeCIDRMaskSize: 25 }),
    '110 pods in a mask of 26': masks({ nodeCIDRMaskSize: 26 }),
    '250 pods in a mask of 24': { shoot: { maxPods: 250, controllerManager: { nodeCIDRMaskSize: 24 } } },
    '255 pods in a mask of 24': { shoot: { maxPods: 255, controllerManager: { nodeCIDRMaskSize: 24 } } },
    '500 pods in a pool': { shoot: { poolMaxPods: 500, controllerManager: { nodeCIDRMaskSize: 24 } } },
    'a default mask that is too large': { shoot: { maxPods: 4 } },
  },
  validateKubeProxy: {
    'a mode in lower case': { shoot: { kubeProxy: { mode: 'iptables' } } },
    'a known mode': { shoot: { kubeProxy: { mode: 'NFTables' } } },
    'a mode without its feature gate': {
      shoot: { kubeProxy: { mode: 'NFTables', featureGates: { NFTablesProxyMode: false } } },
    },
    'kube-proxy without workers': { shoot: { workerless: true, kubeProxy: { enabled: false } } },
  },
  validateNetworkingUpdate: {
    'another type': { ...networking({ type: 'cilium' }), old: {} },
    'other pods': { ...networking({ pods: '100.128.0.0/11' }), old: {} },
    'other services': { ...networking({ services: '100.72.0.0/13' }), old: {} },
    'other nodes': { ...networking({ nodes: '10.181.0.0/16' }), old: {} },
    'the same pods in another form': { ...networking({ pods: '::ffff:100.96.0.0/107' }), old: {} },
    'first pods': { shoot: {}, old: { networking: { pods: null } } },
    'other options': { ...networking({ providerConfig: { a: 1 } }), old: {} },
  },
  validateIPFamiliesUpdate: {
    'IPv4 to dual-stack': families(['IPv4', 'IPv6'], ['IPv4']),
    'dual-stack to IPv4': {
      ...masks({ nodeCIDRMaskSize: 24, nodeCIDRMaskSizeIPv6: 64 }, ['IPv4']),
      old: {
        networking: { ipFamilies: ['IPv4', 'IPv6'] },
        controllerManager: { nodeCIDRMaskSize: 24, nodeCIDRMaskSizeIPv6: 64 },
      },
    },
    'IPv4 to dual-stack with IPv6 first': families(['IPv6', 'IPv4'], ['IPv4']),
    'the families in another order': families(['IPv6', 'IPv4'], ['IPv4', 'IPv6']),
    'the default to dual-stack': families(['IPv4', 'IPv6'], undefined),
    'IPv4 to IPv6': {
      shoot: {
        networking: { ipFamilies: ['IPv6'], pods: null, services: null, nodes: null },
        controllerManager: { nodeCIDRMaskSize: 24 },
      },
      old: {
        networking: { pods: null, services: null, nodes: null },
        controllerManager: { nodeCIDRMaskSize: 24 },
      },
    },
  },
  validateKubeControllerManagerUpdate: {
    'another mask': { ...masks({ nodeCIDRMaskSize: 23 }), old: { controllerManager: { nodeCIDRMaskSize: 24 } } },
    'the default mask': { ...masks({ nodeCIDRMaskSize: 24 }), old: {} },
    'another mask than the default': { ...masks({ nodeCIDRMaskSize: 23 }), old: {} },
    'a first IPv6 mask': {
      ...masks({ nodeCIDRMaskSize: 24, nodeCIDRMaskSizeIPv6: 80 }, ['IPv4', 'IPv6']),
      old: { controllerManager: { nodeCIDRMaskSize: 24 } },
    },
    'another IPv6 mask': {
      ...masks({ nodeCIDRMaskSize: 24, nodeCIDRMaskSizeIPv6: 80 }, ['IPv4', 'IPv6']),
      old: {
        networking: { ipFamilies: ['IPv4', 'IPv6'] },
        controllerManager: { nodeCIDRMaskSize: 24, nodeCIDRMaskSizeIPv6: 64 },
      },
    },
  },
  validateWorkerUpdate: {
    'from workers to none': { shoot: { workerless: true }, old: {} },
    'from none to workers': { shoot: {}, old: { workerless: true } },
  },
  ValidateObjectMeta: {
    'a name with capitals': named('Web_Shoot!'),
    'a name with a dot': named('web.shop'),
    'a name of 64 characters': named('a'.repeat(64)),
    'two hyphens in a row': named('web--shop'),
    'a namespace with capitals': { shoot: { top: { metadata: { name: 'web', namespace: 'Garden' } } } },
  },
  ValidateWorker: {
    'a name with capitals': pools({ name: 'Pool_1' }),
    'a name of 16 characters': pools({ name: 'a'.repeat(16) }),
    'an empty name': pools({ name: '' }),
    'negative sizes': pools({ minimum: -1, maximum: -2 }),
    'a maximum below the minimum': pools({ minimum: 5, maximum: 3 }),
    'a minimum without maximum': pools({ maximum: null }, { name: 'other' }),
    'a surge that is no number': pools({ maxSurge: 'abc' }),
    'a surge as text': pools({ maxSurge: '5' }),
    'a negative surge': pools({ maxSurge: -1 }),
    'a surge with a fraction': pools({ maxSurge: 1.5 }),
    'a surge of 150 percent': pools({ maxSurge: '150%' }),
    'unavailable nodes that are no number': pools({ maxUnavailable: '1 %' }),
    'a negative number of unavailable nodes': pools({ maxUnavailable: -1 }),
    '101 percent of unavailable nodes': pools({ maxUnavailable: '101%' }),
    'neither surge nor unavailable nodes': pools({ maxSurge: 0 }),
    'neither in percent': pools({ maxSurge: '0%', maxUnavailable: '0%' }),
    'no surge, and the default of unavailable nodes': pools({ maxSurge: 0, maxUnavailable: null }),
    'neither with the defaults of updates in place': pools({
      updateStrategy: 'AutoInPlaceUpdate',
      maxSurge: 0,
      maxUnavailable: null,
    }),
    'a surge of manual updates': pools({ updateStrategy: 'ManualInPlaceUpdate', maxUnavailable: null }),
    'manual updates': pools({ updateStrategy: 'ManualInPlaceUpdate', maxSurge: null, maxUnavailable: null }),
    'an unknown strategy': pools({ updateStrategy: 'Rolling' }),
  },
  ValidateWorkers: {
    'a name twice': pools({}, {}),
    'two names': pools({}, { name: 'other' }),
    'only pools without nodes': pools({ minimum: 0, maximum: 0 }),
    'one of two pools without nodes': pools({ minimum: 0, maximum: 0 }, { name: 'other' }),
  },
  'json.UnmarshalStrict': {
    'options in spec': { shoot: { spec: { providerConfig: { backend: 'none' } } } },
    'options in the object': { shoot: { top: { providerConfig: { backend: 'none' } } } },
    'options with a lower-case name': networking({ providerconfig: { backend: 'none' } }),
    'families as text': networking({ ipFamilies: 'IPv6' }),
    'pods as list': networking({ pods: ['100.96.0.0/11'] }),
    'a mask as text': masks({ nodeCIDRMaskSize: '24' }),
    'a version as number': { shoot: { spec: { kubernetes: { version: 1.34 } } } },
    'a label as boolean': {
      shoot: { top: { metadata: { name: 'web', namespace: 'garden-dev', labels: { a: true } } } },
    },
    'a switch as text': { shoot: { kubeProxy: { enabled: 'true', mode: 'IPVS' } } },
    'null for other types': { shoot: { spec: { systemComponents: null, extensions: null, purpose: null } } },
  },
};

/** The cases by `function: case`. */
export const ruleCases: Readonly<Record<string, ShootCase>> = Object.fromEntries(
  Object.entries(rules).flatMap(([rule, table]) =>
    Object.entries(table).map(([title, { shoot, old }]) => [
      `${rule}: ${title}`,
      { shoot: createShoot(shoot), ...(old === undefined ? {} : { old: createShoot(old) }) },
    ]),
  ),
);

function networking(fields: Readonly<Record<string, unknown>>, more: Variant = {}): RuleCase {
  return { shoot: { ...more, networking: fields } };
}

function named(name: string): RuleCase {
  return { shoot: { top: { metadata: { name, namespace: 'garden-dev' } } } };
}

function pools(...fields: readonly Readonly<Record<string, unknown>>[]): RuleCase {
  return { shoot: { pools: fields } };
}

function masks(controllerManager: Readonly<Record<string, unknown>>, ipFamilies?: readonly string[]): RuleCase {
  return { shoot: { controllerManager, ...(ipFamilies === undefined ? {} : { networking: { ipFamilies } }) } };
}

function families(shoot: readonly string[], old: readonly string[] | undefined): RuleCase {
  return { ...networking({ ipFamilies: shoot }), old: old === undefined ? {} : { networking: { ipFamilies: old } } };
}
