/**
 * An in-memory API server with the features of kube-apiserver that a controller uses, verified by the same contract
 * suite, and scriptable in contrast to a real one. It serves the kinds in resources.ts and every kind of a stored
 * CustomResourceDefinition. Differences from the real one: custom resources are neither pruned nor validated
 * against their schema (a status without required fields is accepted), there is no server-side apply, no managedFields,
 * no RBAC (every known token has all permissions), no admission and no garbage collection.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPort } from '../ports.ts';
import type { Api } from './api.ts';
import { classify, dispatch, type Settings } from './dispatch.ts';
import { ApiError, bodyTooLarge, PageNotFound, unauthorized } from './errors.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import type { JsonObject } from './objects.ts';
import { createRecorder, type RecordedRequest } from './recorder.ts';
import { builtIns } from './resources.ts';
import { createStore } from './store.ts';
import { createObject } from './write.ts';

export interface EmbeddedOptions {
  /** Milliseconds between bookmarks of a watch; about a minute by default, as in a real server. */
  readonly bookmarkIntervalMs?: number;
  /** Time for which a LIST waits for a future resourceVersion; 3 s by default, as in a real server. */
  readonly freshnessTimeoutMs?: number;
  /** The version of GET /version; default v1.36.3. */
  readonly gitVersion?: string;
  /** Accepts requests without a token, because kubectl sends none over plain HTTP; default false. */
  readonly allowAnonymous?: boolean;
}

/** The interface by which tests control and inspect the server. */
export interface EmbeddedApiServer {
  readonly url: string;
  readonly faults: Faults;
  /** All requests since the start or the last `clearRequests`, in the order of arrival. */
  requests(): readonly RecordedRequest[];
  clearRequests(): void;
  metrics(): string;
  /** Compacts the history: older resourceVersions and continue tokens result in 410. */
  compact(): void;
  /** Returns the number of open watches. */
  openWatches(): number;
  /** Ends or breaks all open watches. */
  closeWatches(how: 'end' | 'reset'): void;
  /** Rejects a token with 401, or accepts it again. */
  setToken(token: string, accepted: boolean): void;
  /** Stops listening and breaks all connections; retains data, faults and records. */
  stopListening(): Promise<void>;
  /** Listens again on the same port. */
  startListening(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1; `tokens` are the bearer tokens that it accepts. */
export async function startEmbeddedApiServer(
  tokens: readonly string[],
  options: EmbeddedOptions = {},
): Promise<EmbeddedApiServer> {
  const api: Api = { store: createStore(), now: () => new Date(), newUid: () => randomUUID() };
  createSystemNamespaces(api);
  const recorder = createRecorder();
  const state: State = {
    api,
    faults: createFaults(),
    recorder,
    tokens: new Set(tokens),
    allowAnonymous: options.allowAnonymous ?? false,
    watches: new Set(),
    settings: {
      bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000,
      freshnessTimeoutMs: options.freshnessTimeoutMs ?? 3_000,
      gitVersion: options.gitVersion ?? 'v1.36.3',
      metrics: () => recorder.metrics(),
    },
  };
  let server = await listen(state, 0);
  const port = readPort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    faults: state.faults,
    requests: () => recorder.all(),
    clearRequests: () => recorder.clear(),
    metrics: () => recorder.metrics(),
    compact: () => api.store.compact(),
    openWatches: () => state.watches.size,
    closeWatches: (how) => {
      for (const stream of state.watches) stream[how]();
    },
    setToken: (token, accepted) => {
      if (accepted) state.tokens.add(token);
      else state.tokens.delete(token);
    },
    stopListening: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    startListening: async () => {
      if (!server.listening) server = await listen(state, port);
    },
  };
}

interface State {
  readonly api: Api;
  readonly faults: Faults;
  readonly recorder: ReturnType<typeof createRecorder>;
  readonly tokens: Set<string>;
  readonly allowAnonymous: boolean;
  readonly watches: Set<EventStream>;
  readonly settings: Settings;
}

const bodyLimit = 3 * 1024 * 1024;

async function listen(state: State, port: number): Promise<Server> {
  const server = createServer((request, response) => void handleRequest(state, request, response));
  // The idle timeout of kube-apiserver; Node's default of 5 s would close connections that clients expect to be open.
  server.keepAliveTimeout = 90_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // A process that does not stop its server can still exit, as with a real one.
  server.unref();
  return server;
}

async function handleRequest(state: State, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  // Clients break connections, also on purpose.
  incoming.on('error', () => undefined);
  response.on('error', () => undefined);
  try {
    const body = await readBody(incoming);
    const request = record(state, incoming, body);
    response.once('finish', () => state.recorder.responded(request, response.statusCode));
    const fault = state.faults.take(request);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (strikeBefore(fault, response)) return;
    checkToken(state, incoming);
    if (body.length > bodyLimit) throw bodyTooLarge(bodyLimit);
    const result = await dispatch(state.api, state.settings, request);
    if (strikeAfter(fault, response)) return;
    if ('watch' in result) watch(state, response, { run: result.watch, fault });
    else sendText(response, { status: result.status, headers: {}, ...content(result.body) });
  } catch (error) {
    sendError(response, error);
  }
}

function record(state: State, incoming: IncomingMessage, body: Buffer): RecordedRequest {
  const method = incoming.method ?? '';
  const path = incoming.url ?? '/';
  const request: RecordedRequest = {
    method,
    path,
    ...classify(method, new URL(path, 'http://localhost')),
    contentType: incoming.headers['content-type'] ?? '',
    body: body.toString('utf8'),
    bodyBytes: body.length,
    at: performance.now(),
  };
  state.recorder.add(request);
  return request;
}

/** Returns true if the request needs no further handling. */
function strikeBefore(fault: Fault | undefined, response: ServerResponse): boolean {
  const action = fault?.action;
  if (action?.kind === 'response') {
    const { status, body = '', headers = {} } = action;
    sendText(response, { status, headers, ...content(body) });
    return true;
  }
  return breaks(action, 'before', response);
}

function strikeAfter(fault: Fault | undefined, response: ServerResponse): boolean {
  return breaks(fault?.action, 'after', response);
}

function breaks(action: Fault['action'], moment: 'before' | 'after', response: ServerResponse): boolean {
  if (action === undefined || !('moment' in action) || action.moment !== moment) return false;
  if (action.kind === 'reset') response.socket?.resetAndDestroy();
  return true;
}

function checkToken(state: State, incoming: IncomingMessage): void {
  const token = incoming.headers.authorization?.replace(/^Bearer /, '');
  const accepted = token === undefined ? state.allowAnonymous : state.tokens.has(token);
  if (!accepted) throw unauthorized();
}

function watch(
  state: State,
  response: ServerResponse,
  { run, fault }: { readonly run: (stream: EventStream) => void; readonly fault: Fault | undefined },
): void {
  const stream = openEventStream(response, fault?.action?.kind === 'stream' ? fault.action : undefined);
  state.watches.add(stream);
  stream.onClose(() => state.watches.delete(stream));
  run(stream);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (error instanceof PageNotFound) {
    sendText(response, { status: 404, headers: {}, ...content('404 page not found\n') });
    return;
  }
  const known = error instanceof ApiError ? error : internalError(error);
  sendText(response, { status: known.code, headers: known.headers, ...content(known.status) });
}

/** Converts a defect of this server to a 500 with the stack, which would be invisible otherwise. */
function internalError(error: unknown): ApiError {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ApiError({ code: 500, reason: 'InternalError', message });
}

interface Text {
  readonly text: string;
  readonly type: string;
}

function content(body: unknown): Text {
  return typeof body === 'string'
    ? { text: body, type: 'text/plain; charset=utf-8' }
    : { text: JSON.stringify(body), type: 'application/json' };
}

function sendText(
  response: ServerResponse,
  reply: Text & { readonly status: number; readonly headers: Readonly<Record<string, string>> },
): void {
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.text),
    ...reply.headers,
  });
  response.end(reply.text);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function createSystemNamespaces(api: Api): void {
  const namespaces = builtIns.find(({ plural }) => plural === 'namespaces');
  if (namespaces === undefined) return;
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    const body: JsonObject = { metadata: { name } };
    createObject(api, { resource: namespaces, body, dryRun: false });
  }
}
