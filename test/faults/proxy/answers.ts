/** How a proxy passes answers of the API server on, undisturbed or not. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { CannedAnswer, EventFault, EventRule, RequestFault, WatchLine } from './faults.ts';
import { createStreamEditor, readLine, type StreamStep } from './lines.ts';
import type { ApiRequest } from './request.ts';

export function answerWith(to: ServerResponse, { status, headers, body, open }: CannedAnswer): void {
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

/** What the response to a write says of the stored object. */
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

export interface ForwardedAnswer {
  readonly answer: IncomingMessage;
  readonly text: Buffer;
  readonly to: ServerResponse;
  readonly fault: RequestFault | undefined;
}

/** Passes a complete answer on. */
export async function forwardAnswer({ answer, text, to, fault }: ForwardedAnswer): Promise<void> {
  const { 'transfer-encoding': _encoding, connection: _connection, ...headers } = answer.headers;
  const whole = (body: Buffer): void => {
    to.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': body.length });
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
      to.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': text.length });
      to.write(text.subarray(0, Math.floor(text.length / 2)));
      // The part arrives before the end of the connection.
      await delay(20);
      return void to.socket?.resetAndDestroy();
    }
    case 'replace':
      return answerWith(to, fault.answer);
    case 'hook': {
      const next = await fault.hook();
      return next === 'answer' ? whole(text) : void to.socket?.resetAndDestroy();
    }
  }
}

export interface ForwardedWatch {
  readonly answer: IncomingMessage;
  readonly to: ServerResponse;
  readonly request: ApiRequest;
  readonly fault: RequestFault | undefined;
  readonly eventRules: ReadonlySet<EventRule>;
}

/** Passes a watch on, event by event. */
export function forwardWatch({ answer, to, request, fault, eventRules }: ForwardedWatch): void {
  to.writeHead(200, { 'content-type': 'application/json' });
  // The client of a watch waits for the head of an answer that has no body yet.
  to.flushHeaders();
  const end = (how: 'close' | 'reset'): void => {
    if (how === 'reset') to.socket?.resetAndDestroy();
    else to.end();
    answer.destroy();
  };
  let events = 0;
  const mostEvents = fault?.when === 'stream' && 'afterEvents' in fault ? fault.afterEvents : Number.POSITIVE_INFINITY;
  if (fault?.when === 'stream' && 'afterMs' in fault) {
    const timer = setTimeout(() => end(fault.act), fault.afterMs);
    to.once('close', () => clearTimeout(timer));
  }
  const editor = createStreamEditor();
  // One after the other, since an event may have to wait.
  const queue = new PQueue({ concurrency: 1 });
  const take = async (step: StreamStep): Promise<void> => {
    if (to.destroyed || to.writableEnded) return;
    if ('ms' in step) await delay(step.ms);
    else if ('text' in step) {
      if (!to.write(textOf(step))) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    } else {
      // What was sent arrives before the end of the connection.
      await delay(20);
      end(step.do);
    }
  };
  const reader = createInterface({ input: answer });
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
