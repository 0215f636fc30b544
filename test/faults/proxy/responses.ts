/** Forwarding of responses, with faults. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { CannedResponse, EventFault, EventRule, RequestFault, WatchLine } from './faults.ts';
import { createStreamEditor, readLine, type StreamStep } from './lines.ts';
import type { ApiRequest } from './request.ts';

export function respondWith(to: ServerResponse, { status, headers, body, open }: CannedResponse): void {
  to.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (open === true) {
    to.flushHeaders();
    if (body !== '') to.write(body);
  } else to.end(body);
}

export async function readBody(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads resourceVersion and name of the stored object from the response to a write. */
export function resourceVersionOf(
  text: Buffer,
  nameInPath: string | undefined,
): { readonly resourceVersion: string | undefined; readonly name: string | undefined } {
  try {
    const { metadata } = JSON.parse(text.toString()) as { metadata?: { resourceVersion?: string; name?: string } };
    return { resourceVersion: metadata?.resourceVersion, name: nameInPath ?? metadata?.name };
  } catch {
    return { resourceVersion: undefined, name: nameInPath };
  }
}

export interface ForwardedResponse {
  readonly response: IncomingMessage;
  readonly text: Buffer;
  readonly to: ServerResponse;
  readonly fault: RequestFault | undefined;
}

/** Forwards a complete response. */
export async function forwardResponse({ response, text, to, fault }: ForwardedResponse): Promise<void> {
  const { 'transfer-encoding': _encoding, connection: _connection, ...headers } = response.headers;
  const whole = (body: Buffer): void => {
    to.writeHead(response.statusCode ?? 502, { ...headers, 'content-length': body.length });
    to.end(body);
  };
  if (fault?.when !== 'after') return whole(text);
  switch (fault.act) {
    case 'lose':
      return;
    case 'reset':
      return void to.socket?.resetAndDestroy();
    case 'truncate':
      return whole(text.subarray(0, Math.floor(text.length / 2)));
    case 'cut': {
      to.writeHead(response.statusCode ?? 502, { ...headers, 'content-length': text.length });
      to.write(text.subarray(0, Math.floor(text.length / 2)));
      // Delivers the part before the connection ends.
      await delay(20);
      return void to.socket?.resetAndDestroy();
    }
    case 'replace':
      return respondWith(to, fault.response);
    case 'hook': {
      const next = await fault.hook();
      return next === 'respond' ? whole(text) : void to.socket?.resetAndDestroy();
    }
  }
}

export interface ForwardedWatch {
  readonly response: IncomingMessage;
  readonly to: ServerResponse;
  readonly request: ApiRequest;
  readonly fault: RequestFault | undefined;
  readonly eventRules: ReadonlySet<EventRule>;
}

/** Forwards a watch event by event. */
export function forwardWatch({ response, to, request, fault, eventRules }: ForwardedWatch): void {
  to.writeHead(200, { 'content-type': 'application/json' });
  // The client of a watch waits for the head of a response that has no body yet.
  to.flushHeaders();
  const end = (how: 'close' | 'reset'): void => {
    if (how === 'reset') to.socket?.resetAndDestroy();
    else to.end();
    response.destroy();
  };
  let events = 0;
  const mostEvents = fault?.when === 'stream' && 'afterEvents' in fault ? fault.afterEvents : Number.POSITIVE_INFINITY;
  if (fault?.when === 'stream' && 'afterMs' in fault) {
    const timer = setTimeout(() => end(fault.act), fault.afterMs);
    to.once('close', () => clearTimeout(timer));
  }
  const editor = createStreamEditor();
  // In sequence, because an event may be delayed.
  const queue = new PQueue({ concurrency: 1 });
  const take = async (step: StreamStep): Promise<void> => {
    if (to.destroyed || to.writableEnded) return;
    if ('ms' in step) await delay(step.ms);
    else if ('text' in step) {
      if (!to.write(textOf(step))) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    } else {
      // Delivers earlier events before the connection ends.
      await delay(20);
      end(step.do);
    }
  };
  const reader = createInterface({ input: response });
  reader.on('error', () => to.destroy());
  reader.on('line', (text) => {
    const line = readLine(request.resource, text);
    const steps = editor.edit(line, eventFault(eventRules, line));
    if (line.type !== 'BOOKMARK') events += 1;
    const closes: readonly StreamStep[] = events >= mostEvents ? [{ do: 'close' }] : [];
    for (const step of [...steps, ...closes]) void queue.add(() => take(step));
  });
  reader.once('close', () => void queue.add(() => void to.end()));
}

function textOf(step: Extract<StreamStep, { readonly text: string }>): string {
  return step.do === 'send' ? `${step.text}\n` : step.text;
}

function eventFault(rules: ReadonlySet<EventRule>, line: WatchLine): EventFault | undefined {
  for (const rule of rules) {
    const fault = rule(line);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
