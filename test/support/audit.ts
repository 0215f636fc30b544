import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A request in the audit log of an API server. */
export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** Includes the subresource: `networks/status`. Empty for paths without objects. */
  readonly resource: string;
  /** Undefined for cluster-scoped objects and for requests in all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly code: number;
  /** Time of arrival in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Returns the requests that were added to an audit log after a position, each once, and the next position. A watch is included when it
 * starts.
 */
export function readAudit(
  file: string,
  from = 0,
): { readonly requests: readonly AuditedRequest[]; readonly end: number } {
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
    // A watch is logged when it starts and when it ends.
    const told = new Map(raw.map((one) => [one.auditID, one]));
    return { requests: [...told.values()].map(toRequest), end: from + complete };
  } finally {
    closeSync(log);
  }
}

/** Reports whether the request can change objects. */
export function isWrite({ verb }: AuditedRequest): boolean {
  return !['get', 'list', 'watch'].includes(verb);
}

/** Counts requests by `verb resource`. */
export function countRequests(requests: readonly AuditedRequest[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { verb, resource } of requests) {
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
  readonly objectRef?: Readonly<
    Partial<Record<'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name', string>>
  >;
  readonly responseStatus?: { readonly code?: number };
}

function toRequest({ verb, user, objectRef = {}, responseStatus, requestReceivedTimestamp }: RawEvent): AuditedRequest {
  const { apiGroup: group = '', resource = '', subresource, namespace, name } = objectRef;
  return {
    user: user.username,
    verb,
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    code: responseStatus?.code ?? 0,
    at: Date.parse(requestReceivedTimestamp),
  };
}
