/** Arbitraries of valid configurations, Networks and Shoots, with all values of all fields. */
import * as fc from 'fast-check';
import { optional, schemaArbitrary } from '../../../test/support/schema-arbitrary.ts';
import type { IPFamily } from '../../gardener/network.ts';
import { type NetworkConfig, networkConfigSchema } from '../api/config.ts';
import { type Demo, ranges } from './demo.ts';

const flag = optional(fc.boolean());

const ipv4Range = fc
  .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => `${address}/${prefix}`);

const ipv6Range = fc
  .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))
  .map(([address, prefix]) => `${address}/${prefix}`)
  // Go parses an IPv4 address in IPv6 notation as IPv4.
  .filter((text) => !/^[0:]*ffff:/i.test(text));

const interfaces = fc.constantFrom(
  'eth0',
  'eth.*',
  '^(ens|enp)[0-9]+$',
  '(?i)eth',
  'a=b',
  'bücher',
  '🦄',
  '"',
  "' #",
  '{{q x}}',
);

const autodetection: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('first-found', 'kubernetes-internal-ip'),
  fc.oneof(ipv4Range, ipv6Range).map((range) => `cidr=${range}`),
  fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()).map((target) => `can-reach=${target.toLowerCase()}`),
  fc.tuple(fc.constantFrom('interface', 'skip-interface'), interfaces).map(([option, regex]) => `${option}=${regex}`),
);

const mtu = fc.oneof(
  fc.nat({ max: 65_535 }).map(String),
  fc.constantFrom('0', '-0', '+1450', '01450', '00000000000000000000001450', '9223372036854775807'),
);

const quantity = fc.oneof(
  fc.integer({ min: 1, max: 4_000_000 }),
  fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('', 'm', 'Ki', 'Mi', 'Gi', 'k', 'M', 'e3'))
    .map((one) => one.join('')),
  fc.constantFrom('0.5', '.5', '1.', '+2', '0.1Gi', '1e-3', '12E', '100n'),
);

const resourceList = optional(fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] }));

/** With pool vxlan, the only one for IPv6, only two modes are valid. */
function family(allowed: readonly ('ipip' | 'vxlan')[]) {
  return fc
    .record({
      pool: optional(fc.constantFrom(...allowed)),
      mode: optional(fc.constantFrom('Always', 'Never', 'CrossSubnet', 'Off')),
      autoDetectionMethod: optional(fc.oneof(autodetection, fc.constant(''))),
    })
    .map((one) =>
      one.pool === 'vxlan' && (one.mode === 'CrossSubnet' || one.mode === 'Off') ? { ...one, mode: null } : one,
    );
}

const only = <T>(applies: boolean, value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  applies ? optional(value) : fc.constantFrom(null, undefined);

/** Returns valid configurations for a shoot with these families. */
export function networkConfig(families: readonly IPFamily[]): fc.Arbitrary<NetworkConfig> {
  const [v4, v6] = [families.includes('IPv4'), families.includes('IPv6')];
  const ipamTypes = ['', 'host-local', ...(v6 ? [] : ['calico-ipam'])];
  return schemaArbitrary(networkConfigSchema, {
    'ipam.type': optional(fc.constantFrom(...ipamTypes)),
    'ipam.cidr': optional(fc.oneof(fc.constantFrom('usePodCidr', 'USEPODCIDR'), ipv4Range, ipv6Range)),
    ipv4: only(v4, family(['ipip', 'vxlan'])),
    ipv6: only(
      v6,
      fc.tuple(family(['vxlan']), flag).map(([one, sourceNATEnabled]) => ({ ...one, sourceNATEnabled })),
    ),
    vethMTU: optional(mtu),
    autoScaling: optional(
      fc.record({
        mode: fc.constantFrom('cluster-proportional', 'vpa', 'static'),
        resources: optional(fc.record({ node: resourceList, typha: resourceList })),
      }),
    ),
    ipip: only(v4, fc.constantFrom('Always', 'Never')),
    ipAutodetectionMethod: optional(autodetection),
  }) as fc.Arbitrary<NetworkConfig>;
}

const familyCombinations: readonly (readonly IPFamily[])[] = [
  ['IPv4'],
  ['IPv6'],
  ['IPv4', 'IPv6'],
  ['IPv6', 'IPv4'],
];

/** Valid inputs of a plan; kube-proxy is disabled only with eBPF. */
export const demo: fc.Arbitrary<Demo & { readonly config: NetworkConfig }> = fc
  .constantFrom(...familyCombinations)
  .chain((families) =>
    fc
      .record({
        config: networkConfig(families),
        kubeProxy: fc.record({ enabled: flag, mode: fc.constantFrom('IPTables', 'NFTables', 'IPVS', undefined) }),
        verticalPodAutoscaler: fc.record({ enabled: flag }),
        nodes: fc.constantFrom(undefined, '10.180.0.0/16', '2001:db8:2::/64'),
        nodeRanges: fc.subarray(['10.180.0.0/16', '10.181.0.0/16', '2001:db8:2::/64']),
        podRanges: fc.subarray([ranges.IPv4.pods, ranges.IPv6.pods]),
        pending: fc.constantFrom('True', 'False', undefined),
        nonPrivileged: fc.boolean(),
      })
      .map((one) => ({
        config: one.config,
        families,
        spec: {
          kubernetes: {
            version: '1.34.2',
            verticalPodAutoscaler: one.verticalPodAutoscaler,
            kubeProxy: one.config.ebpfDataplane?.enabled === true ? one.kubeProxy : { mode: one.kubeProxy.mode },
          },
          networking: { nodes: one.nodes },
        },
        status: {
          networking: { nodes: one.nodeRanges, pods: one.podRanges },
          constraints: one.pending === undefined ? [] : [{ type: 'DualStackNodesMigrationReady', status: one.pending }],
        },
        featureGates: { NonPrivilegedCalicoNode: one.nonPrivileged },
      })),
  );
