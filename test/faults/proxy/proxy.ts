import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { Agent as SecureAgent, request as sendSecurely } from 'node:https';
import { readPort } from '../../controlplane/ports.ts';
import type { CommittedWrite, EventRule, Passage, RequestFault, RequestRule } from './faults.ts';
import { type ApiRequest, isWrite, parseRequest, withLabel } from './request.ts';
import { forwardResponse, forwardWatch, readBody, resourceVersionOf, respondWith } from './responses.ts';

/** A reverse proxy between one controller process and an API server that applies faults by rules. */
export interface Proxy {
  /** URL of the proxy, plain http. */
  readonly server: string;
  /** All requests in the order of arrival. */
  readonly passages: readonly Passage[];
  readonly writes: readonly CommittedWrite[];
  /** Adds a rule; the returned function removes it. */
  useRule(rule: RequestRule): () => void;
  useEventRule(rule: EventRule): () => void;
  /** Closes all connections of the client. */
  disconnect(): void;
  close(): Promise<void>;
}

export interface ProxyInput {
  readonly target: string;
  readonly ca: string | undefined;
  /** Name of the process in `writes`. */
  readonly writer: string;
  /** Label that is added to lists and watches of Networks and namespaces, which isolates processes at one API server from each other. */
  readonly label: string | undefined;
  /** Called for each committed write. */
  readonly onWrite?: (write: CommittedWrite) => void;
}

export async function startProxy(input: ProxyInput): Promise<Proxy> {
  const rules = new Set<RequestRule>();
  const eventRules = new Set<EventRule>();
  const passages: Passage[] = [];
  const writes: CommittedWrite[] = [];
  const agent = input.target.startsWith('https:')
    ? new SecureAgent({ keepAlive: true, ...(input.ca === undefined ? {} : { ca: input.ca }) })
    : new Agent({ keepAlive: true });

  const server = createServer((from, to) => {
    const request = parseRequest(from.method ?? '', from.url ?? '/');
    const fault = firstOf(rules, request);
    passages.push({ request, at: performance.now(), disturbed: fault !== undefined });
    const exchange: Exchange = { from, to, request, fault, input, agent, eventRules, committed };
    exchangeOnce(exchange).catch(() => to.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function committed(write: CommittedWrite): void {
    writes.push(write);
    input.onWrite?.(write);
  }

  return {
    server: `http://127.0.0.1:${readPort(server)}`,
    passages,
    writes,
    useRule: (rule) => register(rules, rule),
    useEventRule: (rule) => register(eventRules, rule),
    disconnect: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

interface Exchange {
  readonly from: IncomingMessage;
  readonly to: ServerResponse;
  readonly request: ApiRequest;
  readonly fault: RequestFault | undefined;
  readonly input: ProxyInput;
  readonly agent: Agent;
  readonly eventRules: ReadonlySet<EventRule>;
  readonly committed: (write: CommittedWrite) => void;
}

async function exchangeOnce(exchange: Exchange): Promise<void> {
  const { from, to, request, fault } = exchange;
  const body = await readBody(from);
  if (fault?.when === 'before' && !(await passesBefore(fault, to))) return;
  const response = await forward(exchange, body);
  if (request.verb === 'watch' && response.statusCode === 200) {
    forwardWatch({ response, to, request, fault, eventRules: exchange.eventRules });
    return;
  }
  const text = await readBody(response);
  noteWrite(exchange, response, text);
  await forwardResponse({ response, text, to, fault });
}

/** Applies a fault before forwarding; returns whether to forward the request. */
async function passesBefore(
  fault: Extract<RequestFault, { readonly when: 'before' }>,
  to: ServerResponse,
): Promise<boolean> {
  switch (fault.act) {
    case 'refuse':
      respondWith(to, fault.response);
      return false;
    case 'reset':
      to.socket?.resetAndDestroy();
      return false;
    case 'hang':
      return false;
    case 'hook': {
      const next = await fault.hook();
      if (next === 'drop') to.socket?.resetAndDestroy();
      return next === 'forward';
    }
  }
}

/** Forwards a request. A write continues when its client disconnects; a watch ends with its client. */
async function forward({ from, to, request, input, agent }: Exchange, body: Buffer): Promise<IncomingMessage> {
  const selected =
    input.label !== undefined &&
    ['networks', 'namespaces'].includes(request.resource) &&
    ['list', 'watch'].includes(request.verb);
  const url = new URL(selected ? withLabel(request.url, input.label ?? '') : request.url, input.target);
  const { host: _host, connection: _connection, 'accept-encoding': _encoding, ...headers } = from.headers;
  const open = url.protocol === 'https:' ? sendSecurely : send;
  const upstream = open(url, { method: request.method, headers, agent });
  if (request.verb === 'watch') to.once('close', () => upstream.destroy());
  upstream.end(body);
  const [response] = (await once(upstream, 'response')) as [IncomingMessage];
  upstream.on('error', () => response.destroy());
  return response;
}

function noteWrite({ request, input, committed }: Exchange, response: IncomingMessage, text: Buffer): void {
  const status = response.statusCode ?? 0;
  if (!isWrite(request) || status < 200 || status >= 300) return;
  committed({ writer: input.writer, request, at: performance.now(), ...resourceVersionOf(text, request.name) });
}

function firstOf(rules: ReadonlySet<RequestRule>, request: ApiRequest): RequestFault | undefined {
  for (const rule of rules) {
    const fault = rule(request);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function register<Rule>(rules: Set<Rule>, rule: Rule): () => void {
  rules.add(rule);
  return () => void rules.delete(rule);
}
