import { systemClock } from '../../pkg/clock/clock.ts';
import { createClient, type KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { type LoadedConnection, loadConnection } from '../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import { type ConnectionConfig, createTransport, type Transport } from '../../pkg/kubernetes/transport/connection.ts';

/** A client for tools and test suites. Errors are thrown, and nothing is logged. */
export interface Connected {
  readonly client: KubeClient;
  readonly transport: Transport;
  readonly close: () => Promise<void>;
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Connects by a kubeconfig file; throws if it is not usable. Sends no requests. */
export async function connectByFile(
  kubeconfig: string,
  userAgent: string,
): Promise<Connected & { readonly config: LoadedConnection }> {
  const config = await loadConnection({ file: kubeconfig, env: {} });
  return { config, ...connect(config, userAgent) };
}

export function connect(config: ConnectionConfig, userAgent: string): Connected {
  const clock = systemClock();
  const transport = createTransport({ config, clock, logger: quiet, userAgent });
  const client = createClient({ transport, clock, random: Math.random });
  return { client, transport, close: () => transport.close() };
}
