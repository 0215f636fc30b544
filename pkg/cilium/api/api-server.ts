import { addressFamily } from '../../gardener/cidr.ts';
import type { ShootFacts } from '../../gardener/cluster.ts';
import { isDns1123Subdomain } from '../../gardener/names.ts';
import { type Field, option, shootField } from '../../network/sourced.ts';
import type { NetworkConfig } from './config.ts';

/**
 * The address of the API server if Cilium replaces kube-proxy: until the agents run, the Service `kubernetes` does not work. Without a port, the
 * one of that Service is used.
 */
export interface ApiServer {
  readonly host: string;
  readonly port: number | undefined;
}

/** `pending`: Gardener has not written any address yet. `missing` and `unreadable` require a change of the configuration. */
export type ApiServerLookup =
  | {
      readonly found: true;
      readonly server: ApiServer;
      readonly droppedPort: string | undefined;
      /** Only in self-hosted shoots: the URLs that agents and operator try, without duplicates. */
      readonly urls: readonly string[] | undefined;
    }
  | { readonly found: false; readonly reason: 'pending' | 'missing' }
  | { readonly found: false; readonly reason: 'unreadable'; readonly url: string };

/**
 * Returns host and port of the configuration if both are set, otherwise the host of the advertised address `external`
 * (docs/design/cilium.md#values). The port of that address is not used, as in running shoots (verdict 12). The external address of a self-hosted
 * shoot is derived from its domain if it is not advertised (verdict 51).
 */
export function findApiServer(config: NetworkConfig, shoot: ShootFacts): ApiServerLookup {
  const server = configuredServer(config);
  if (server !== undefined) return found(shoot, { server, droppedPort: undefined });
  const external = shoot.advertisedAddresses.find((one) => one.name === 'external')?.url ?? selfHostedUrl(shoot);
  if (external === undefined)
    return { found: false, reason: shoot.advertisedAddresses.length === 0 ? 'pending' : 'missing' };
  const parsed = hostOfUrl(external);
  if (parsed === undefined) return { found: false, reason: 'unreadable', url: external };
  return found(shoot, { server: { host: parsed.host, port: undefined }, droppedPort: parsed.port });
}

/** Returns the fields from which the address is taken. */
export function apiServerFields(config: Pick<NetworkConfig, 'kubeproxy'>): readonly Field[] {
  return configuredServer(config) === undefined ? advertisedFields : configuredFields;
}

const configuredFields = [option('kubeproxy.k8sServiceHost'), option('kubeproxy.k8sServicePort')];
const advertisedFields = [shootField('status.advertisedAddresses')];

/** Both fields take effect only together. */
function configuredServer({ kubeproxy }: Pick<NetworkConfig, 'kubeproxy'>): ApiServer | undefined {
  const { k8sServiceHost: host, k8sServicePort: port } = kubeproxy ?? {};
  return host && port ? { host, port } : undefined;
}

/** Nothing writes advertised addresses during `gardenadm init`; gardenlet derives `external` in the same way. */
function selfHostedUrl({ selfHosted, dnsDomain }: ShootFacts): string | undefined {
  return selfHosted && dnsDomain !== undefined && isHost(`api.${dnsDomain}`) ? `https://api.${dnsDomain}` : undefined;
}

type Found = Extract<ApiServerLookup, { readonly found: true }>;

function found({ selfHosted }: ShootFacts, { server, droppedPort }: Omit<Found, 'found' | 'urls'>): Found {
  const urls = selfHosted ? [...new Set([localUrl, serverUrl(server)])] : undefined;
  return { found: true, server, droppedPort, urls };
}

/**
 * The API server of a control plane node of a self-hosted shoot: a static pod in the network of the node, with port 443 and a certificate for
 * this name. On other nodes the connection fails. Gardener gives kube-proxy of control plane nodes the same address.
 */
const localUrl = 'https://localhost:443';

function serverUrl({ host, port = 443 }: ApiServer): string {
  return `https://${addressFamily(host) === 'IPv6' ? `[${host}]` : host}:${port}`;
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
