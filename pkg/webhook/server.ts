/** An HTTPS server that API servers ask for admission (docs/design/gardener.md#webhook-certificates and docs/design/gardener.md#shoot-admission). What arrives may come from anybody's shoot. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { type Clock, type Logger, sleep } from '../clock/clock.ts';
import { type BodyLimits, createBodyReader } from './body.ts';
import { type Reply, replyTo } from './reply.ts';
import type { ReviewHandler } from './review.ts';
import { createSelfSigned, type KeyPair } from './x509.ts';

/** Where the server gets its certificate from, now and after each rotation. */
export interface CertificateSource {
  /** Undefined while there is none. */
  serving(): KeyPair | undefined;
  /** Calls back after each change; the returned function ends that. */
  subscribe(changed: () => void): () => void;
}

export interface WebhookLimits extends BodyLimits {
  readonly maxConnections: number;
  /** Then a connection is given up in an orderly way, so that API servers spread over all replicas again. */
  readonly requestsPerConnection: number;
  /** For a handler; below the 10 s that webhook configurations give. */
  readonly answerMs: number;
}

export interface WebhookRequestInfo {
  /** A path of `routes`; `other` for everything else, so that nobody can fill a metric with names. */
  readonly path: string;
  /** HTTP status. */
  readonly status: number;
  /** Undefined when no review was answered. */
  readonly allowed: boolean | undefined;
  readonly durationMs: number;
}

export interface WebhookServerOptions {
  /** Handlers by path, `/shoot`. */
  readonly routes: Readonly<Record<string, ReviewHandler>>;
  readonly certificates: CertificateSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** All interfaces unless told. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly limits?: Partial<WebhookLimits>;
  readonly onRequest?: (info: WebhookRequestInfo) => void;
}

export interface WebhookServer {
  /** Starts to accept connections; resolves with the port, rejects when it cannot be had. */
  listen(): Promise<number>;
  /** Accepts connections and has a certificate that API servers can trust: for readiness. */
  isServing(): boolean;
  /** Requests at a path of `routes` that wait for their answer. */
  inFlight(path: string): number;
  /** Accepts no more connections, lets running requests end for at most this long, then cuts what is left. */
  close(deadlineMs: number): Promise<void>;
}

/** 7 MiB per body, as controller-runtime has it; idle connections outlive those of API servers, which close theirs after 90 s. */
const standard: WebhookLimits = {
  maxBytes: 7 * 1024 * 1024,
  maxBytesTogether: 96 * 1024 * 1024,
  timeoutMs: 5_000,
  maxConnections: 1_024,
  requestsPerConnection: 1_000,
  answerMs: 8_000,
};
const keepAliveMs = 120_000;
const handshakeMs = 5_000;
const maxHeaderBytes = 16 * 1024;

/**
 * A server for the given routes. Each request gets an answer that says what is wrong with it, a handler that throws is answered with
 * code 500, and nothing that a client does ends the process. A new certificate is used for new connections, those that are open
 * stay. While there is no certificate, everything is answered 503.
 */
export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { certificates, clock, log } = options;
  const limits = { ...standard, ...options.limits };
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
    const context = { ...placeholder, minVersion: 'TLSv1.2', handshakeTimeout: handshakeMs } as const;
    const started = createServer({ ...context, ...httpLimits(limits) });
    server = started;
    started.maxConnections = limits.maxConnections;
    started.maxRequestsPerSocket = limits.requestsPerConnection;
    started.keepAliveTimeout = keepAliveMs;
    started.on('request', (request, response) => void serve(request, response));
    started.on('checkContinue', (request, response) => {
      if (bodies.announced(request) === undefined) response.writeContinue();
      void serve(request, response);
    });
    started.on('connect', (_, socket) => refuse(socket));
    started.on('upgrade', (_, socket) => refuse(socket));
    started.on('tlsClientError', (error) => log.debug({ err: error }, 'A TLS handshake failed'));
    useCertificate();
    unsubscribe = certificates.subscribe(useCertificate);
    return await new Promise((resolve, reject) => {
      started.once('error', reject);
      started.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) }, () => {
        started.off('error', reject);
        started.on('error', (error) => log.error({ err: error }, 'The webhook server has a problem'));
        const address = started.address();
        resolve(address !== null && typeof address === 'object' ? address.port : options.port);
      });
    });
  }

  function useCertificate(): void {
    const pair = certificates.serving();
    if (pair === undefined) return;
    try {
      // OpenSSL itself does not mind a key of another kind, and then no handshake succeeds.
      if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key)))
        throw new Error('the key does not belong to the certificate');
      server?.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
      trusted = true;
    } catch (error) {
      log.error({ err: error }, 'The certificate of the webhook server cannot be used, the one before it stays');
    }
  }

  /** Never rejects. */
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = clock.monotonic();
    const path = pathOf(request, options.routes);
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    let reply: Reply | undefined;
    count(path, 1);
    try {
      const handler = path === undefined ? undefined : options.routes[path];
      reply = await replyTo({ request, handler, bodies, trusted, clock, log, answerMs: limits.answerMs });
    } catch (error) {
      log.error({ path, err: error }, 'A webhook request could not be answered');
      reply = { status: 500, text: 'internal error' };
    } finally {
      count(path, -1);
    }
    if (reply === undefined) return;
    send({ response, reply, closing });
    const { status, allowed } = reply;
    tell({ path: path ?? 'other', status, allowed, durationMs: clock.monotonic() - startedAt });
    if (!request.complete) await discard(request, { clock, ...limits });
  }

  function count(path: string | undefined, change: number): void {
    if (path !== undefined) inFlight.set(path, (inFlight.get(path) ?? 0) + change);
  }

  function tell(info: WebhookRequestInfo): void {
    try {
      options.onRequest?.(info);
    } catch (error) {
      log.error({ err: error }, 'onRequest failed');
    }
  }

  async function close(deadlineMs: number): Promise<void> {
    closing = true;
    unsubscribe?.();
    const open = server;
    if (open === undefined) return;
    const closed = new Promise<void>((resolve) => open.close(() => resolve()));
    const enough = new AbortController();
    await Promise.race([closed, sleep(clock, deadlineMs, enough.signal)]);
    enough.abort();
    open.closeAllConnections();
    await closed;
  }
}

/** The path of one of the routes. API servers append `?timeout=10s`. */
function pathOf(request: IncomingMessage, routes: WebhookServerOptions['routes']): string | undefined {
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
 * Reads on for a while after a refusal and throws it away: a client that is still sending would otherwise see a reset connection and
 * not the answer. Whoever sends on without an end is cut off.
 */
async function discard(
  request: IncomingMessage,
  { clock, maxBytes, timeoutMs }: { readonly clock: Clock; readonly maxBytes: number; readonly timeoutMs: number },
): Promise<void> {
  const over = new AbortController();
  let rest = 2 * maxBytes;
  request.on('data', (chunk: Buffer) => {
    rest -= chunk.length;
    if (rest < 0) over.abort();
  });
  request.once('end', () => over.abort()).once('close', () => over.abort());
  await sleep(clock, timeoutMs, over.signal);
  if (!request.complete) request.destroy();
}

function refuse(socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.end('HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

/** Node's own watch over headers and whole requests; it stands behind the deadline of bodies, which can say why. */
function httpLimits({ timeoutMs }: WebhookLimits): object {
  return {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs * 3,
    connectionsCheckingInterval: 1_000,
  };
}
