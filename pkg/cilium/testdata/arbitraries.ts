/** Arbitraries of valid configurations and shoots. */
import * as fc from 'fast-check';
import { schemaArbitrary } from '../../../test/support/schema-arbitrary.ts';
import { networkConfigSchema } from '../api/config.ts';
import { ipamModes } from '../shoot/ipam.ts';
import { type Demo, ranges, runningConfig } from './demo.ts';

const duration = fc.constantFrom(undefined, '15s', '1h', '90s', '0', '1.5s', '200ms', '1µs');

/** Configurations that the decoder and the rules of single fields accept; requirements between options may be violated. */
export const config = schemaArbitrary(networkConfigSchema, {
  'kubeproxy.k8sServiceHost': fc.constantFrom(undefined, '10.0.0.1', 'fd00::1', 'api.example.com'),
  'kubeproxy.k8sServicePort': fc.constantFrom(undefined, 443, 6443, 1, 65_535),
  mtu: fc.constantFrom(undefined, null, 0, 1, 1280, 1500, 9000),
  devices: fc.constantFrom(undefined, [], ['eth0'], ['eth+', 'bond0'], ['é', 'eth\u00a00'], ['!eth1'], ['!a', 'b,!c'], [',']),
  directRoutingDevice: fc.constantFrom(undefined, 'eth0', 'bond+'),
  'l2Announcements.leaseDuration': duration,
  'l2Announcements.leaseRenewDeadline': duration,
  'l2Announcements.leaseRetryPeriod': duration,
  'encryption.mode': fc.constantFrom('wireguard', 'wireguard', 'ipsec', ''),
  'agentOptions.k8s-client-qps': fc.constantFrom(undefined, null, 1, 50, 1000),
  'agentOptions.k8s-client-burst': fc.constantFrom(undefined, null, 1, 100, 2000),
  'agentOptions.monitor-aggregation-interval': fc.constantFrom(undefined, '1s', '1h'),
  'agentOptions.hubble-event-buffer-capacity': fc.constantFrom(undefined, 1, 4095, 65_535),
  'agentOptions.tofqdns-min-ttl': fc.constantFrom(undefined, 0, 86_400),
  'agentOptions.tofqdns-endpoint-max-ip-per-hostname': fc.constantFrom(undefined, 50, 10_000),
  'agentOptions.tofqdns-idle-connection-grace-period': fc.constantFrom(undefined, '0', '24h'),
  'agentOptions.tofqdns-proxy-response-max-delay': fc.constantFrom(undefined, '0s', '1.5s'),
}) as fc.Arbitrary<Readonly<Record<string, unknown>>>;

/** IPAM modes in cilium-config of a running shoot: all modes of Cilium, and none. */
export const namedModes = [...ipamModes, 'eni', 'azure', 'alibabacloud', 'delegated-plugin', 'x'] as const;

const families = fc.constantFrom(['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4'], []);

const spec = fc.record({ nodeLocalDNS: fc.boolean(), nodes: fc.constantFrom(undefined, ranges.IPv4.nodes, ranges.IPv4.pods), minimum: fc.nat(3), selfHosted: fc.boolean() });

const networking = fc.constantFrom(
  { pods: [ranges.IPv4.pods, ranges.IPv6.pods] },
  { pods: [ranges.IPv6.pods, ranges.IPv4.pods], nodes: [ranges.IPv4.nodes] },
  { pods: [ranges.IPv4.pods] },
  undefined,
);

/** Shoots with such a configuration, with any outcome of a plan. */
export const demo: fc.Arbitrary<Demo> = fc
  .record({
    config,
    families,
    kubeProxy: fc.boolean(),
    spec,
    networking,
    ipam: fc.option(fc.constantFrom(...namedModes), { nil: undefined }),
    pending: fc.boolean(),
  })
  .map(({ config: given, families: list, kubeProxy, spec: { nodeLocalDNS, nodes, minimum, selfHosted }, ...rest }) => ({
    config: given,
    families: list,
    kubeProxy,
    spec: {
      kubernetes: { version: '1.34.2', kubeProxy: { enabled: kubeProxy, mode: 'IPTables' } },
      networking: { nodes },
      systemComponents: { nodeLocalDNS: { enabled: nodeLocalDNS } },
      provider: { workers: [{ minimum, ...(selfHosted ? { controlPlane: {} } : {}) }] },
    },
    status: {
      networking: rest.networking,
      ...(rest.pending ? { constraints: [{ type: 'DualStackNodesMigrationReady', status: 'False' }] } : {}),
    },
    ...(rest.ipam === undefined
      ? {}
      : { shoot: { available: true as const, value: [runningConfig({ ipam: rest.ipam })] } }),
  }));
