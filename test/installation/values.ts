import { freePorts } from '../controlplane/ports.ts';

export interface LocalValues {
  readonly controller: Readonly<Record<string, unknown>>;
  readonly admission: Readonly<Record<string, unknown>>;
}

/**
 * What processes on one machine need to be told beyond what Gardener says: ports that nobody else has, and webhooks reached by address,
 * because no node leads the addresses of Services to them.
 */
export async function localValues(): Promise<LocalValues> {
  const [metrics = 0, webhook = 0, health = 0, serverPort = 0, metricsPort = 0, healthPort = 0] = await freePorts(6);
  return {
    controller: { usablePorts: [metrics, webhook, health], webhookConfig: urlOf(webhook) },
    admission: { metricsPort, healthPort, webhookConfig: { ...urlOf(serverPort), serverPort } },
  };
}

function urlOf(port: number): { readonly url: string } {
  return { url: `127.0.0.1:${port}` };
}
