import type { ServerResponse } from 'node:http';
import type { StreamFault } from './faults.ts';
import type { JsonObject } from './objects.ts';

/** The open answer of a watch. */
export interface EventStream {
  /** Sends an event. */
  event(event: JsonObject): void;
  /** Sends a bookmark, which a fault does not count as an event. */
  bookmark(event: JsonObject): void;
  /** Ends the answer in order. */
  end(): void;
  /** Breaks the connection. */
  reset(): void;
  /** Calls back when the stream is over, at once if it is already. */
  onClose(callback: () => void): void;
}

/** Sends the headers of a watch and returns the stream, with the fault that was scripted for it. */
export function openEventStream(response: ServerResponse, fault?: StreamFault): EventStream {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  let silent = false;
  let events = 0;
  let pending = fault;

  const write = (text: string): void => {
    if (!silent && !response.destroyed && !response.writableEnded) response.write(text);
  };
  const end = (): void => {
    if (!silent) response.end();
  };
  const reset = (): void => {
    response.socket?.resetAndDestroy();
  };
  const strike = (next?: string): void => {
    const { write: text, afterwards = 'continue' } = pending ?? {};
    pending = undefined;
    if (text === 'half-line') write((next ?? '').slice(0, Math.floor((next ?? '').length / 2)));
    else if (text !== undefined) write(text);
    if (afterwards === 'end') end();
    if (afterwards === 'cut') response.socket?.destroySoon();
    if (afterwards === 'reset') reset();
    if (afterwards === 'hang') silent = true;
  };
  /** A fault that needs no next event comes right after the last one that it lets through. */
  const strikeIfDue = (): void => {
    if (pending !== undefined && pending.write !== 'half-line' && events >= pending.afterEvents) strike();
  };
  strikeIfDue();

  return {
    event: (event) => {
      const line = `${JSON.stringify(event)}\n`;
      if (pending?.write === 'half-line' && events >= pending.afterEvents) {
        strike(line);
        return;
      }
      write(line);
      events += 1;
      strikeIfDue();
    },
    bookmark: (event) => write(`${JSON.stringify(event)}\n`),
    end,
    reset,
    onClose: (callback) => {
      if (response.destroyed || response.writableEnded) callback();
      else response.once('close', callback);
    },
  };
}
