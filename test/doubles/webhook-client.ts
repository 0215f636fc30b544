/** A webhook server on loopback with a replaceable certificate, and a client with configurable trust. */
import assert from 'node:assert/strict';
import { Agent, type RequestOptions, request } from 'node:https';
import type { TestContext } from 'node:test';
import { systemClock } from '../../pkg/clock/clock.ts';
import { createWebhookServer, type WebhookServer, type WebhookServerOptions } from '../../pkg/webhook/server.ts';
import { createAuthority, issueServer, type KeyPair } from '../../pkg/webhook/x509.ts';
import { createMemoryLogger } from './fakeclock.ts';

export interface Certified {
  readonly authority: KeyPair;
  readonly server: KeyPair;
}

/** Creates an authority and a server certificate for localhost, both valid for an hour. */
export async function certified(): Promise<Certified> {
  const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
  const authority = await createAuthority({ commonName: 'ca-test', keyBits: 2048, ...validity });
  const hosts = ['localhost', '127.0.0.1'];
  return { authority, server: await issueServer({ authority, commonName: 'test', hosts, ...validity }) };
}

export interface Serving {
  readonly server: WebhookServer;
  readonly port: number;
  readonly log: ReturnType<typeof createMemoryLogger>;
  /** Requests reported to `onRequest`. */
  readonly seen: readonly string[];
  readonly use: (pair: KeyPair | undefined) => void;
}

/** Starts a server that is closed after the test. */
export async function startServing(
  t: TestContext,
  { pair, ...options }: Pick<WebhookServerOptions, 'routes' | 'limits'> & { readonly pair?: KeyPair },
): Promise<Serving> {
  const seen: string[] = [];
  const subscribers = new Set<() => void>();
  const log = createMemoryLogger();
  let current = pair;
  const server = createWebhookServer({
    ...options,
    clock: systemClock(),
    log,
    host: '127.0.0.1',
    port: 0,
    onRequest: ({ path, status, allowed }) => seen.push(`${path} ${status} ${allowed ?? '-'}`),
    certificates: {
      serving: () => current,
      subscribe: (changed) => {
        subscribers.add(changed);
        return () => subscribers.delete(changed);
      },
    },
  });
  const port = await server.listen();
  t.after(() => server.close(0));
  return {
    server,
    port,
    log,
    seen,
    use: (next) => {
      current = next;
      for (const changed of subscribers) changed();
    },
  };
}

export interface ClientResponse {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly reused: boolean;
}

export interface Client {
  post(body: string | Uint8Array, options?: RequestOptions): Promise<ClientResponse>;
  close(): void;
}

/** Creates a client that keeps connections open, as API servers do. */
export function startClient(input: {
  readonly port: number;
  /** Undefined disables verification. */
  readonly ca: string | undefined;
  readonly sockets?: number;
}): Client {
  const trust = input.ca === undefined ? { rejectUnauthorized: false } : { ca: input.ca };
  const agent = new Agent({ keepAlive: true, maxSockets: input.sockets ?? 1, ...trust });
  return {
    close: () => agent.destroy(),
    post: (body, options) =>
      new Promise((resolve, reject) => {
        const standard = {
          host: '127.0.0.1',
          servername: 'localhost',
          port: input.port,
          path: '/test?timeout=10s',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        };
        const sent = request({ ...standard, agent, ...options }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode: status = 0, headers } = response;
            resolve({ status, headers, body: Buffer.concat(chunks).toString(), reused: sent.reusedSocket });
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
  };
}

/** Returns a review as an API server sends it; `size` is the approximate size of its object. */
export function reviewText(uid: string, size = 100): string {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: 'x'.repeat(size) } };
  const request = { uid, operation: 'CREATE', namespace: 'default', name: 'x', object, oldObject: null };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

/** Returns the response of a review after checking its uid. */
export function responseOf({ status, body }: ClientResponse, uid: string): Readonly<Record<string, unknown>> {
  assert.equal(status, 200, body);
  const { response } = JSON.parse(body) as { readonly response: Readonly<Record<string, unknown>> };
  assert.equal(response['uid'], uid);
  return response;
}
