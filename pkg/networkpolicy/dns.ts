import { nodeLocalDNSAddresses } from './effects.ts';
import type { PolicyEnvironment } from './environment.ts';
import type { Evaluator } from './evaluate.ts';
import { systemPods } from './gardener.ts';
import type { DirectionVerdict, Peer, Pod } from './types.ts';

/** The server that answers DNS requests of a pod. */
export interface DnsServer {
  readonly peer: Peer;
  readonly port: number;
  /** For messages. */
  readonly name: string;
}

/** The port of CoreDNS in its pods; that of its Service is 53. */
const corednsPort = 8_053;
const port = 53;

/** Returns the server that answers the DNS requests of a pod with dnsPolicy ClusterFirst. */
export function dnsServer(
  environment: Pick<PolicyEnvironment, 'dns' | 'dnsAddresses'> | undefined,
  pod: Pod,
): DnsServer {
  switch (environment?.dns) {
    case 'on-node': {
      const addresses = environment.dnsAddresses.length > 0 ? environment.dnsAddresses : nodeLocalDNSAddresses;
      return {
        peer: { kind: 'node', name: pod.node ?? '', addresses },
        port,
        name: `NodeLocalDNS in the network of the node, port ${port}`,
      };
    }
    case 'local-pods':
      return {
        peer: { kind: 'pod', pod: systemPods.nodeLocalDNS },
        port,
        name: `the pods of NodeLocalDNS in kube-system, port ${port}`,
      };
    default:
      return {
        peer: { kind: 'pod', pod: systemPods.coredns },
        port: corednsPort,
        name: `the pods of CoreDNS in kube-system, port ${corednsPort}`,
      };
  }
}

/** Decides about the DNS requests of a pod over UDP, by its policies for egress; those of Gardener admit them at the server. */
export function judgeDns(evaluator: Evaluator, environment: PolicyEnvironment | undefined, pod: Pod): DirectionVerdict {
  const { peer, port: target } = dnsServer(environment, pod);
  return evaluator.judgeEnd({ source: { kind: 'pod', pod }, target: peer, protocol: 'UDP', port: target }, 'egress');
}

/** Returns a rule for egress that admits DNS, as YAML for remedies and pages. */
export function dnsRule(environment: PolicyEnvironment | undefined): string {
  const pods = (name: string) =>
    `{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: ${name}}}}`;
  const blocks = [nodeLocalDNSAddresses[0] ?? '', ...(environment?.dnsAddresses ?? [])].map(
    (address) => `{ipBlock: {cidr: ${address}/${address.includes(':') ? 128 : 32}}}`,
  );
  const ports = (number: number) => `[{port: ${number}, protocol: UDP}, {port: ${number}, protocol: TCP}]`;
  switch (environment?.dns) {
    case 'on-node':
      return `{to: [${blocks.join(', ')}], ports: ${ports(port)}}`;
    case 'local-pods':
      return `{to: [${pods('node-local-dns')}], ports: ${ports(port)}}`;
    default:
      return `{to: [${pods('kube-dns')}], ports: ${ports(corednsPort)}}`;
  }
}
