import type { ServerResponse } from 'node:http';
import type { StreamFault } from './faults.ts';
import type { JsonObject } from './objects.ts';

/** The open response of a watch. */
export interface EventStream {
  /** Sends an event. */
  event(event: JsonObject): void;
  /** Sends a bookmark, which faults do not count as an event. */
  bookmark(event: JsonObject): void;
  /** Ends the response gracefully. */
  end(): void;
  /** Breaks the connection. */
  reset(): void;
  /** Calls back when the stream has ended, immediately if it has already. */
  onClose(callback: () => void): void;
}

/** Sends the headers of a watch and returns the stream, with its scripted fault. */
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
  /** Triggers a fault that needs no next event directly after the last event that it lets through. */
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
