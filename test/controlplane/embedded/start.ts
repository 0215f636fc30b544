import { createTokens, tokenOf } from '../credentials.ts';
import { kubeconfigOf } from '../kubeconfig.ts';
import type { ControlPlane, ControlPlaneOptions } from '../types.ts';
import { startEmbeddedApiServer } from './server.ts';

/** Starts the API server in this process, with the interface of a real control plane. */
export async function startEmbedded(options: ControlPlaneOptions): Promise<ControlPlane> {
  options.signal?.throwIfAborted();
  const tokens = createTokens(options.users ?? []);
  const embedded = await startEmbeddedApiServer([...tokens.byUser.values()], options.embedded);
  const endpoint = { server: embedded.url, token: tokens.admin };
  return {
    kind: 'embedded',
    ...endpoint,
    kubeconfig: kubeconfigOf({ ...endpoint, user: 'admin' }),
    version: options.embedded?.gitVersion ?? 'v1.36.3',
    embedded,
    tokenFor: (user) => tokenOf(tokens, user),
    metrics: async () => embedded.metrics(),
    forgetHistory: async () => embedded.compact(),
    stopApiServer: () => embedded.stopListening(),
    startApiServer: () => embedded.startListening(),
    stop: () => embedded.stopListening(),
  };
}
