import { readFileSync } from 'node:fs';
import { describeObject, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { Transport } from '../../pkg/kubernetes/transport/connection.ts';
import { connectByFile } from '../support/connect.ts';
import { applyObject, createDiscovery } from './apply.ts';
import type { TokenRequest } from './volumes.ts';

/** Access to a cluster as its administrator. */
export interface Cluster {
  readonly url: string;
  /** PEM; empty for plain http. */
  readonly ca: string;
  readonly client: KubeClient;
  /** Applies objects in order with strict validation; returns the stored ones. Throws all errors of the API server as one. */
  apply(objects: readonly KubeObject[]): Promise<readonly KubeObject[]>;
  /** Returns the error of the API server for an object in a dry run; undefined if it is accepted. */
  refusal(object: KubeObject): Promise<string | undefined>;
  /** Requests a token of a ServiceAccount. */
  requestToken(request: TokenRequest): Promise<string>;
  close(): Promise<void>;
}

const fieldManager = 'install-local';

/** Reads the kubeconfig file; throws if it is not usable. Sends no requests. */
export async function connectCluster(kubeconfig: string): Promise<Cluster> {
  const { config, client, transport, close } = await connectByFile(kubeconfig, fieldManager);
  const discovery = createDiscovery(client);

  async function send(object: KubeObject, dryRun: boolean): Promise<Awaited<ReturnType<typeof applyObject>>> {
    const resource = await discovery.resourceOf(object);
    if (resource === undefined) return { problem: `unknown kind ${object.kind} in ${object.apiVersion}` };
    return applyObject(transport, { object, resource, fieldManager, dryRun });
  }

  return {
    url: config.server,
    ca: readPem(config.ca),
    client,
    async apply(objects) {
      discovery.forget();
      const stored: KubeObject[] = [];
      const problems: string[] = [];
      for (const object of objects) {
        const response = await send(object, false);
        if (response.stored === undefined) problems.push(`${describeObject(object)}: ${response.problem}`);
        else stored.push(response.stored);
      }
      if (problems.length > 0) throw new Error(`the API server rejects\n  ${problems.join('\n  ')}`);
      return stored;
    },
    refusal: async (object) => (await send(object, true)).problem,
    requestToken: (request) => requestToken(transport, request),
    close,
  };
}

async function requestToken(
  transport: Transport,
  { namespace, account, expirationSeconds = 3_600, audience }: TokenRequest,
): Promise<string> {
  const spec = { expirationSeconds, ...(audience === undefined ? {} : { audiences: [audience] }) };
  const response = await transport.send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }),
    signal: AbortSignal.timeout(10_000),
    timeoutMs: 10_000,
    maxBytes: 64 * 1024,
  });
  const text = Buffer.from(response.body).toString('utf8');
  const body: unknown = JSON.parse(text);
  const status = recordOf(recordOf(body)['status']);
  if (typeof status['token'] === 'string') return status['token'];
  throw new Error(`no token for ServiceAccount ${namespace}/${account}: ${response.status} ${text}`);
}

function readPem(ca: { readonly data: string | Buffer } | { readonly file: string } | undefined): string {
  if (ca === undefined) return '';
  return 'file' in ca ? readFileSync(ca.file, 'utf8') : ca.data.toString();
}
