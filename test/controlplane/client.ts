/**
 * A minimal HTTP client for API servers. This folder must not use pkg/kubernetes: the contract suite and the readiness
 * check verify the servers with which pkg/kubernetes is tested.
 */
import { Agent, request } from 'undici';

export interface Endpoint {
  readonly server: string;
  readonly ca?: string;
  readonly token: string;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  /** Sent as JSON; a string is sent verbatim. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly token?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface LineStream {
  readonly status: number;
  /** Returns the next line without its line break, or undefined at the end of the stream. */
  next(): Promise<string | undefined>;
  close(): void;
}

export interface Client {
  /** Sends a request and reads the whole response. Rejects for transport failures only, whatever the status is. */
  call(call: Call): Promise<Reply>;
  /** Opens a stream of lines, such as a watch. */
  lines(path: string): Promise<LineStream>;
  close(): Promise<void>;
}

/** Creates a client with its own connections; a call that takes more than 30 s rejects. */
export function createClient(endpoint: Endpoint): Client {
  const dispatcher = new Agent({
    connect: endpoint.ca === undefined ? {} : { ca: endpoint.ca },
    allowH2: false,
    headersTimeout: 30_000,
    bodyTimeout: 0,
  });
  const authorization = (token = endpoint.token): Record<string, string> => ({ authorization: `Bearer ${token}` });
  return {
    call: async ({ method = 'GET', path, body, contentType = 'application/json', token }) => {
      const content = bodyText(body);
      const response = await request(`${endpoint.server}${path}`, {
        dispatcher,
        method,
        signal: AbortSignal.timeout(30_000),
        headers: { ...authorization(token), ...(content === undefined ? {} : { 'content-type': contentType }) },
        ...(content === undefined ? {} : { body: content }),
      });
      return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
    },
    lines: async (path) => {
      const aborter = new AbortController();
      const response = await request(`${endpoint.server}${path}`, {
        dispatcher,
        headers: authorization(),
        signal: aborter.signal,
      });
      return lineStream({ status: response.statusCode, body: response.body, close: () => aborter.abort() });
    },
    close: () => dispatcher.destroy(),
  };
}

function bodyText(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

function lineStream(source: {
  readonly status: number;
  readonly body: AsyncIterable<Buffer>;
  readonly close: () => void;
}): LineStream {
  const lines = splitLines(source.body);
  return {
    status: source.status,
    next: async () => {
      const step = await lines.next();
      return step.done === true ? undefined : step.value;
    },
    close: source.close,
  };
}

async function* splitLines(body: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of body) {
    const parts = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = parts.pop() ?? '';
    yield* parts;
  }
  if (pending !== '') yield pending;
  return undefined;
}
