import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { WebhookAddress } from './configurations.ts';

/** The name of an admission that serves several types. The admission of one type has that type instead of `networking`. */
export const sharedName = 'gardener-extension-admission-networking';

/** The address of this process. */
export interface OwnAddress {
  readonly address: WebhookAddress;
  /** Name of the Service, such as `gardener-extension-admission-calico`. */
  readonly name: string;
  /** Namespace of the Service. */
  readonly namespace: string;
}

/**
 * Classifies a webhook configuration by its address: `present` for the address of this process, and `former` for the Service in the same
 * namespace under which it served several types. Undefined for other addresses, and if one webhook has another address, because others own
 * such a configuration.
 */
export function classifyAddress(configuration: KubeObject, own: OwnAddress): 'present' | 'former' | undefined {
  const webhooks = Array.isArray(configuration['webhooks']) ? configuration['webhooks'].filter(isRecord) : [];
  const owners = webhooks.map(({ clientConfig }) =>
    isRecord(clientConfig) ? classifyClient(clientConfig, own) : undefined,
  );
  if (owners.length === 0 || owners.includes(undefined)) return undefined;
  return owners.includes('former') ? 'former' : 'present';
}

function classifyClient(
  { url, service }: Readonly<Record<string, unknown>>,
  { address, name, namespace }: OwnAddress,
): 'present' | 'former' | undefined {
  const hosts = (one: string): readonly string[] => [`${one}.${namespace}`, `${one}.${namespace}.svc`];
  const isService = (one: string): boolean =>
    isRecord(service)
      ? service['namespace'] === namespace && service['name'] === one
      : hosts(one).includes(parseUrl(url)?.hostname ?? '');
  const isOwnUrl = address.mode === 'url' && parseUrl(url)?.host === parseUrl(`https://${address.host}`)?.host;
  if ((url !== undefined && isOwnUrl) || isService(name)) return 'present';
  return isService(sharedName) ? 'former' : undefined;
}

function parseUrl(text: unknown): URL | undefined {
  return typeof text === 'string' ? (URL.parse(text) ?? undefined) : undefined;
}
