import { addressFamily } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import { isDns1123Subdomain } from '../../gardener/names.ts';
import type { NetworkConfig } from './config.ts';

/**
 * The address of the API server for the operator if Cilium replaces kube-proxy: until the agents run, the Service `kubernetes` does not work.
 * Without a port, the operator uses the environment variable of Kubernetes.
 */
export interface ApiServer {
  readonly host: string;
  readonly port: number | undefined;
}

/** `pending`: Gardener has not written any address yet. `missing` and `unreadable` require a change of the configuration. */
export type ApiServerLookup =
  | { readonly found: true; readonly server: ApiServer; readonly droppedPort: string | undefined }
  | { readonly found: false; readonly reason: 'pending' | 'missing' }
  | { readonly found: false; readonly reason: 'unreadable'; readonly url: string };

/**
 * Returns host and port of the configuration if both are set, otherwise the host of the advertised address `external`
 * (docs/design/cilium.md#values). The port of that address is not used, as in running shoots (verdict 12).
 */
export function findApiServer(config: NetworkConfig, shoot: ShootFacts): ApiServerLookup {
  const { k8sServiceHost: host, k8sServicePort: port } = config.kubeproxy ?? {};
  if (host && port) return { found: true, server: { host, port }, droppedPort: undefined };
  if (shoot.advertisedAddresses.length === 0) return { found: false, reason: 'pending' };
  const external = shoot.advertisedAddresses.find((one) => one.name === 'external');
  if (external === undefined) return { found: false, reason: 'missing' };
  const parsed = hostOfUrl(external.url);
  if (parsed === undefined) return { found: false, reason: 'unreadable', url: external.url };
  return { found: true, server: { host: parsed.host, port: undefined }, droppedPort: parsed.port };
}

/** Returns whether a string is an IP address or a DNS name of RFC 1123 in lower case, as Kubernetes validates them. */
export function isHost(text: string): boolean {
  return addressFamily(text) !== undefined || isDns1123Subdomain(text);
}

/** In digits; a longer port is invalid, but messages may contain it. */
const maxPortDigits = 10;

/** Does not use WHATWG URLs, which normalize hosts (0x7f.1 becomes 127.0.0.1), unlike Go. */
function hostOfUrl(url: string): { readonly host: string; readonly port: string | undefined } | undefined {
  const [, authority = ''] = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(url) ?? [];
  const match = /^(?:[^@]*@)?(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(authority);
  const host = match?.[1] ?? match?.[2] ?? '';
  return isHost(host.toLowerCase()) ? { host, port: match?.[3]?.slice(0, maxPortDigits) || undefined } : undefined;
}
