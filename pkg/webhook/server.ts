/**
 * An HTTPS server for admission webhooks (docs/design/gardener.md#webhook-certificates and docs/design/gardener.md#shoot-admission). Requests
 * are untrusted: any shoot can send them.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { type Clock, type Logger, sleep } from '../clock/clock.ts';
import { tlsProtocols } from '../gardener/tls.ts';
import { type BodyLimits, createBodyReader } from './body.ts';
import { limitConnections } from './connections.ts';
import { type Reply, replyTo } from './reply.ts';
import type { ReviewHandler } from './review.ts';
import { createSelfSigned, type KeyPair } from './x509.ts';

/** Provides the serving certificate, also after each rotation. */
export interface CertificateSource {
  /** Undefined before the first certificate is available. */
  serving(): KeyPair | undefined;
  /** Calls `changed` after each change, until the returned function is called. */
  subscribe(changed: () => void): () => void;
}

export interface WebhookLimits extends BodyLimits {
  readonly maxConnections: number;
  /** The server closes a connection gracefully after this number, so that API servers rebalance over all replicas. */
  readonly requestsPerConnection: number;
  /** Below the timeout of 10 s in the webhook configurations. */
  readonly handlerTimeoutMs: number;
}

export interface WebhookRequestInfo {
  /** A path of `routes`, or `other`, which bounds the number of label values of a metric. */
  readonly path: string;
  /** HTTP status. */
  readonly status: number;
  /** Undefined unless the response is a review. */
  readonly allowed: boolean | undefined;
  readonly durationMs: number;
}

export interface WebhookServerOptions {
  /** Handlers by path, such as `/shoot`. */
  readonly routes: Readonly<Record<string, ReviewHandler>>;
  readonly certificates: CertificateSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: all interfaces. */
  readonly host?: string;
  /** 0 selects a free port. */
  readonly port: number;
  readonly limits?: Partial<WebhookLimits>;
  readonly onRequest?: (info: WebhookRequestInfo) => void;
}

export interface WebhookServer {
  /** Starts to accept connections. Resolves with the port, rejects if the address is not available. */
  listen(): Promise<number>;
  /** True if the server accepts connections with a certificate that API servers can trust; used for readiness. */
  isServing(): boolean;
  /** Number of requests in flight at a path of `routes`. */
  inFlight(path: string): number;
  /** Stops accepting connections, waits for running requests up to the deadline, then closes the remaining connections. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * 7 MiB per body, as in controller-runtime. The total of bodies and connections fits into a container of 256 MiB, the recommendation of
 * docs/operations/configuring.md.
 */
const defaultLimits: WebhookLimits = {
  maxBytes: 7 * 1024 * 1024,
  maxTotalBytes: 24 * 1024 * 1024,
  timeoutMs: 5_000,
  maxConnections: 512,
  requestsPerConnection: 1_000,
  handlerTimeoutMs: 8_000,
};
/** Idle connections outlive those of API servers, which close theirs after 90 s. */
const keepAliveMs = 120_000;
/** After anything but a review: an API server sends nothing else. */
const strangerKeepAliveMs = 1_000;
const handshakeMs = 5_000;
const maxHeaderBytes = 16 * 1024;

/**
 * Creates a server for the given routes. It responds to invalid requests with the reason, to errors of handlers with code 500, and no client can
 * terminate the process. A new certificate applies to new connections; open ones are not affected. Without a certificate, all requests
 * get 503.
 */
export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { certificates, clock, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const bodies = createBodyReader({ clock, limits });
  let server: Server | undefined;
  let unsubscribe: (() => void) | undefined;
  let trusted = false;
  let closing = false;
  const inFlight = new Map<string, number>();

  return {
    listen,
    isServing: () => trusted && !closing && server?.listening === true,
    inFlight: (path) => inFlight.get(path) ?? 0,
    close,
  };

  async function listen(): Promise<number> {
    const placeholder = await createSelfSigned({
      commonName: 'no certificate yet',
      notBefore: clock.now(),
      notAfter: clock.now() + handshakeMs,
    });
    const context = { ...placeholder, ...tlsProtocols, handshakeTimeout: handshakeMs } as const;
    const started = createServer({ ...context, ...httpLimits(limits) });
    server = started;
    limitConnections(started, limits.maxConnections);
    started.maxRequestsPerSocket = limits.requestsPerConnection;
    started.keepAliveTimeout = keepAliveMs;
    started.on('request', (request, response) => void serve(request, response));
    started.on('checkContinue', (request, response) => {
      if (bodies.checkLength(request) === undefined) response.writeContinue();
      void serve(request, response);
    });
    started.on('connect', (_, socket) => rejectMethod(socket));
    started.on('upgrade', (_, socket) => rejectMethod(socket));
    started.on('tlsClientError', (error) => log.debug({ err: error }, 'TLS handshake failed'));
    useCertificate();
    unsubscribe = certificates.subscribe(useCertificate);
    return await new Promise((resolve, reject) => {
      started.once('error', reject);
      started.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) }, () => {
        started.off('error', reject);
        started.on('error', (error) => log.error({ err: error }, 'Webhook server error'));
        const address = started.address();
        resolve(address !== null && typeof address === 'object' ? address.port : options.port);
      });
    });
  }

  function useCertificate(): void {
    const pair = certificates.serving();
    if (pair === undefined) return;
    try {
      // OpenSSL accepts a mismatched key, but then every handshake fails.
      if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key)))
        throw new Error('the key does not belong to the certificate');
      server?.setSecureContext({ ...pair, ...tlsProtocols });
      trusted = true;
    } catch (error) {
      log.error({ err: error }, 'Rejected unusable webhook certificate, the previous one remains in use');
    }
  }

  /** Never rejects. */
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = clock.monotonic();
    const path = routePath(request, options.routes);
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    let reply: Reply | undefined;
    count(path, 1);
    try {
      const handler = path === undefined ? undefined : options.routes[path];
      const { handlerTimeoutMs } = limits;
      reply = await replyTo({ request, handler, bodies, trusted, clock, log, handlerTimeoutMs });
    } catch (error) {
      log.error({ path, err: error }, 'Failed to reply to webhook request');
      reply = { status: 500, text: 'internal error' };
    } finally {
      count(path, -1);
    }
    if (reply === undefined) return;
    if (reply.status !== 200) response.once('finish', () => request.socket.setTimeout(strangerKeepAliveMs));
    send({ response, reply, closing });
    const { status, allowed } = reply;
    notify({ path: path ?? 'other', status, allowed, durationMs: clock.monotonic() - startedAt });
    if (!request.complete) await discard(request, { clock, ...limits });
  }

  function count(path: string | undefined, change: number): void {
    if (path !== undefined) inFlight.set(path, (inFlight.get(path) ?? 0) + change);
  }

  function notify(info: WebhookRequestInfo): void {
    try {
      options.onRequest?.(info);
    } catch (error) {
      log.error({ err: error }, 'Request observer failed');
    }
  }

  async function close(deadlineMs: number): Promise<void> {
    closing = true;
    unsubscribe?.();
    const open = server;
    if (open === undefined) return;
    const closed = new Promise<void>((resolve) => open.close(() => resolve()));
    const done = new AbortController();
    await Promise.race([closed, sleep(clock, deadlineMs, done.signal)]);
    done.abort();
    open.closeAllConnections();
    await closed;
  }
}

/** Returns the path of a route, without the query that API servers append (`?timeout=10s`), or undefined for other paths. */
function routePath(request: IncomingMessage, routes: WebhookServerOptions['routes']): string | undefined {
  const path = request.url?.split('?', 1)[0] ?? '';
  return Object.hasOwn(routes, path) ? path : undefined;
}

function send({
  response,
  reply,
  closing,
}: {
  readonly response: ServerResponse;
  readonly reply: Reply;
  readonly closing: boolean;
}): void {
  const body = Buffer.from(reply.json ?? `${reply.text ?? ''}\n`);
  response.writeHead(reply.status, {
    'content-type': reply.json === undefined ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': body.length,
    ...reply.headers,
    ...(closing ? { connection: 'close' } : {}),
  });
  response.end(body);
}

/**
 * Reads and discards the rest of a rejected body, since a client that is still sending would see a reset connection instead of the reply.
 * Closes the connection after a limit of time and bytes.
 */
async function discard(
  request: IncomingMessage,
  { clock, maxBytes, timeoutMs }: { readonly clock: Clock; readonly maxBytes: number; readonly timeoutMs: number },
): Promise<void> {
  const done = new AbortController();
  let remaining = 2 * maxBytes;
  request.on('data', (chunk: Buffer) => {
    remaining -= chunk.length;
    if (remaining < 0) done.abort();
  });
  request.once('end', () => done.abort()).once('close', () => done.abort());
  await sleep(clock, timeoutMs, done.signal);
  if (!request.complete) request.destroy();
}

function rejectMethod(socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.end('HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

/** Limits that Node enforces on headers and whole requests, as a fallback for the body timeout, which replies with a reason. */
function httpLimits({ timeoutMs }: WebhookLimits): object {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs * 3,
    connectionsCheckingInterval: 1_000,
  };
}
