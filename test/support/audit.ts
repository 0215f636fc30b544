import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A request that the API server has answered. */
export interface AuditEvent {
  readonly user: string;
  readonly verb: string;
  /** `networks`, `networks/status`; empty for paths without objects. */
  readonly resource: string;
  readonly name: string;
  readonly code: number;
  /** When the request came, in milliseconds since the epoch. */
  readonly at: number;
}

/** What was added to an audit log since a position of it; the position to go on from. */
export function readAudit(file: string, from = 0): { readonly events: readonly AuditEvent[]; readonly end: number } {
  const log = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(log).size - from));
    readSync(log, bytes, 0, bytes.length, from);
    // The last line may be half-written.
    const complete = bytes.lastIndexOf('\n') + 1;
    const lines = bytes
      .toString('utf8', 0, complete)
      .split('\n')
      .filter((line) => line !== '');
    return { events: lines.map(toEvent), end: from + complete };
  } finally {
    closeSync(log);
  }
}

/** Whether the request may have changed something. */
export function isWrite({ verb }: AuditEvent): boolean {
  return !['get', 'list', 'watch'].includes(verb);
}

interface RawEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
}

function toEvent(line: string): AuditEvent {
  const { verb, user, objectRef = {}, responseStatus, requestReceivedTimestamp } = JSON.parse(line) as RawEvent;
  const { resource = '', subresource, name = '' } = objectRef;
  return {
    user: user.username,
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name,
    code: responseStatus?.code ?? 0,
    at: Date.parse(requestReceivedTimestamp),
  };
}
