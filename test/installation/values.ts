import { freePorts } from '../controlplane/ports.ts';

export interface LocalValues {
  readonly controller: Readonly<Record<string, unknown>>;
  readonly admission: Readonly<Record<string, unknown>>;
}

/**
 * Returns the values that processes on one machine need in addition to those of Gardener: unused ports, and webhooks with a URL, because
 * no node routes the addresses of Services.
 */
export async function localValues(): Promise<LocalValues> {
  const [metrics = 0, webhook = 0, health = 0, serverPort = 0, metricsPort = 0, healthPort = 0] = await freePorts(6);
  return {
    controller: { usablePorts: [metrics, webhook, health], webhookConfig: loopbackUrl(webhook) },
    admission: { metricsPort, healthPort, webhookConfig: { ...loopbackUrl(serverPort), serverPort } },
  };
}

function loopbackUrl(port: number): { readonly url: string } {
  return { url: `127.0.0.1:${port}` };
}
