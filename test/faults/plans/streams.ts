/** Catalogue of faults that hit every list and watch of Networks, for a limited time or permanently. */
import type { CannedResponse, EventFault, RequestFault, RequestRule } from '../proxy/faults.ts';
import type { ApiRequest } from '../proxy/request.ts';
import type { StoredObject } from '../record/revision.ts';

export interface StreamFaultKind {
  /** Duration of the disturbance; undefined: permanent, because the controller can work in spite of it. */
  readonly forMs: number | undefined;
  readonly fault: (request: ApiRequest, context: StreamContext) => RequestFault | undefined;
  /** Applied to each event of the watch. */
  readonly event?: EventFault;
  /** Number of triggers during the disturbance. */
  readonly triggers?: number;
  readonly flows?: readonly string[];
}

export interface StreamContext {
  /** An outdated version of a Network. */
  readonly old: StoredObject;
  /** Number of requests that the fault has hit. */
  readonly hits: number;
}

const network = { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind: 'Network' };
const lines = (...events: readonly unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const gone = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason: 'Expired',
  message: 'too old',
  code: 410,
};
const bookmark = ({ url }: ApiRequest): object => {
  const resourceVersion = new URL(url, 'http://any').searchParams.get('resourceVersion') ?? '1';
  return { type: 'BOOKMARK', object: { ...network, metadata: { resourceVersion } } };
};
const refusal = (status: number, retryAfter: string): CannedResponse => ({
  status,
  headers: { 'retry-after': retryAfter },
  body: JSON.stringify({ ...gone, reason: 'TooManyRequests', code: status }),
});
const refuse = (response: CannedResponse): RequestFault => ({ when: 'before', act: 'refuse', response });

/** Responds to each watch request with a fixed response. */
const watched = (response: (request: ApiRequest, context: StreamContext) => CannedResponse): StreamFaultKind => ({
  forMs: 12_000,
  fault: (request, context) => (request.verb === 'watch' ? refuse(response(request, context)) : undefined),
});
const refused = (response: CannedResponse): StreamFaultKind => ({ forMs: 12_000, fault: () => refuse(response) });
const stream = (fault: RequestFault): StreamFaultKind => ({
  forMs: undefined,
  fault: ({ verb }) => (verb === 'watch' ? fault : undefined),
});

export const streamFaults: Readonly<Record<string, StreamFaultKind>> = {
  'watch-one-old-event': watched((_request, { old }) => ({
    status: 200,
    body: lines({ type: 'MODIFIED', object: old }),
  })),
  'watch-bookmark-of-now': watched((request) => ({ status: 200, body: lines(bookmark(request)) })),
  'watch-410-after-bookmark': watched((request) => ({
    status: 200,
    body: lines(bookmark(request), { type: 'ERROR', object: gone }),
  })),
  'watch-retry-after-0': refused(refusal(429, '0')),
  'watch-retry-after-minus-1': refused(refusal(503, '-1')),
  'watch-retry-after-3600': {
    forMs: 12_000,
    fault: ({ verb }, { hits }) => (verb === 'watch' && hits === 0 ? refuse(refusal(503, '3600')) : undefined),
  },
  'watch-reset-every-5s': stream({ when: 'stream', act: 'reset', afterMs: 5_000 }),
  'watch-closed-after-each-event': stream({ when: 'stream', act: 'close', afterEvents: 1 }),
  'watch-reset-at-once': { ...stream({ when: 'before', act: 'reset' }), forMs: 12_000 },
  'watch-cut-in-each-event': { forMs: 12_000, fault: () => undefined, event: { act: 'cut' } },
  'watch-reset-before-each-event': { forMs: 12_000, fault: () => undefined, event: { act: 'resetBefore' } },
  'watch-gap-with-five-triggers': {
    ...stream({ when: 'before', act: 'reset' }),
    forMs: 4_000,
    triggers: 5,
    flows: ['create', 'update', 'annotate'],
  },
  'watch-html': watched(() => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>login</html>' })),
  'watch-redirect': watched(() => ({ status: 302, headers: { location: 'https://login.example.com/' }, body: '' })),
  'watch-blank-lines': watched(() => ({ status: 200, body: '\n'.repeat(1_000) })),
  'watch-event-of-the-future': watched((_request, { old, hits }) => {
    const metadata = Object.assign({}, old.metadata, { resourceVersion: String(4_000_000_000 + hits) });
    return { status: 200, body: lines({ type: 'MODIFIED', object: { ...old, metadata } }) };
  }),
  'watch-empty': watched(() => ({ status: 200, body: '' })),
  'watch-error-without-object': watched(() => ({ status: 200, body: lines({ type: 'ERROR' }) })),
  'watch-html-502': watched(() => ({
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html>bad gateway</html>',
  })),
};

/** Disturbances that `make bench-quiet` measures. */
export const quietDisturbances: readonly string[] = [
  'watch-one-old-event',
  'watch-bookmark-of-now',
  'watch-410-after-bookmark',
  'watch-retry-after-0',
  'watch-retry-after-minus-1',
  'watch-reset-every-5s',
  'watch-reset-at-once',
  'watch-html',
  'watch-empty',
  'watch-error-without-object',
];

export interface StreamRuleInput {
  readonly kind: StreamFaultKind;
  readonly old: StoredObject;
}

/** Converts the fault to a rule for a proxy. */
export function streamRule({ kind, old }: StreamRuleInput): RequestRule {
  let hits = 0;
  return (request) => {
    if (request.resource !== 'networks' || request.namespace !== undefined) return undefined;
    if (request.verb !== 'list' && request.verb !== 'watch') return undefined;
    const fault = kind.fault(request, { old, hits });
    if (fault !== undefined) hits += 1;
    return fault;
  };
}
