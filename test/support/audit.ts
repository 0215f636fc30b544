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

/** The requests that were added to an audit log since a position of it, each once, and the position to go on from. */
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
    const raw = lines.map((line) => JSON.parse(line) as RawEvent);
    // A watch is told when it begins and when it ends.
    const requests = new Map(raw.map((one) => [one.auditID, one]));
    return { events: [...requests.values()].map(toEvent), end: from + complete };
  } finally {
    closeSync(log);
  }
}

/** Whether the request may have changed something. */
export function isWrite({ verb }: AuditEvent): boolean {
  return !['get', 'list', 'watch'].includes(verb);
}

/** Requests by `verb resource`. */
export function countRequests(events: readonly AuditEvent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { verb, resource } of events) {
    const key = `${verb} ${resource}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

interface RawEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
}

function toEvent({ verb, user, objectRef = {}, responseStatus, requestReceivedTimestamp }: RawEvent): AuditEvent {
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
