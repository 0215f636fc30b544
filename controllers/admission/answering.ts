import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { WebhookAddress } from './configurations.ts';

/** What an admission of several types is called; one of a single type has the type in place of `networking`. */
export const sharedName = 'gardener-extension-admission-networking';

export interface Place {
  readonly address: WebhookAddress;
  /** Of the Service: `gardener-extension-admission-calico`. */
  readonly name: string;
  /** Of the Service. */
  readonly namespace: string;
}

/**
 * Whose address a webhook configuration has: `present` for that of this process, `former` for the one that it had when it served more types,
 * by the name of the Service in the same namespace. Undefined for everybody else's, and as soon as one of its webhooks is, since it is not for
 * us to say what becomes of that.
 */
export function answeredAt(configuration: KubeObject, place: Place): 'present' | 'former' | undefined {
  const webhooks = Array.isArray(configuration['webhooks']) ? configuration['webhooks'].filter(isRecord) : [];
  const places = webhooks.map(({ clientConfig }) =>
    isRecord(clientConfig) ? placeOf(clientConfig, place) : undefined,
  );
  if (places.length === 0 || places.includes(undefined)) return undefined;
  return places.includes('former') ? 'former' : 'present';
}

function placeOf(
  { url, service }: Readonly<Record<string, unknown>>,
  { address, name, namespace }: Place,
): 'present' | 'former' | undefined {
  const hosts = (one: string): readonly string[] => [`${one}.${namespace}`, `${one}.${namespace}.svc`];
  const has = (one: string): boolean =>
    isRecord(service)
      ? service['namespace'] === namespace && service['name'] === one
      : hosts(one).includes(urlOf(url)?.hostname ?? '');
  const isOwnUrl = address.mode === 'url' && urlOf(url)?.host === urlOf(`https://${address.host}`)?.host;
  if ((url !== undefined && isOwnUrl) || has(name)) return 'present';
  return has(sharedName) ? 'former' : undefined;
}

function urlOf(text: unknown): URL | undefined {
  return typeof text === 'string' ? (URL.parse(text) ?? undefined) : undefined;
}
