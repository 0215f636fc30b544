/** Catalogue of faults that hit one request of a flow. */
import type { CannedResponse, RequestFault } from '../proxy/faults.ts';
import type { Plan } from './plan.ts';

/** Actions of hooks, which run while a request waits. */
export interface Hands {
  /** Sends SIGKILL; a new process starts 200 ms later. */
  readonly kill: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
  /** Triggers a reconciliation as gardenlet does; `change` also changes the spec. */
  readonly trigger: () => Promise<void>;
  readonly change: () => Promise<void>;
  readonly deleteManagedResource: () => Promise<void>;
  readonly emptyManagedResource: () => Promise<void>;
  /** Deletes the Secrets that ManagedResources refer to. */
  readonly deleteSecret: () => Promise<void>;
  /** Stops the process, deletes unreferenced Secrets as the garbage collector does, moves the clocks of the process forward and continues it. */
  readonly collectGarbage: () => Promise<void>;
}

export interface RequestFaultKind {
  readonly on: 'read' | 'write' | 'any';
  /** If set, hits every request of this kind for this time, beginning with the target. */
  readonly forMs?: number;
  readonly session: Plan['session'];
  readonly fault: (hands: Hands) => RequestFault;
  /** Added to the limit: the client may wait for this long because it was told to. */
  readonly graceMs?: number;
  /** The fault changes objects by hand; the next trigger must repair them. */
  readonly byHand?: boolean;
  /** The fault changes the spec, so that the flow ends in the state of `update`. */
  readonly changes?: boolean;
  /** Invariants that no controller can hold under this fault. */
  readonly exempt?: readonly string[];
  /** Restricts the fault to requests of this kind. */
  readonly kind?: string;
}

function status(code: number, reason: string, details: object = {}): string {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason,
    message: 'a test refuses',
    code,
  };
  return JSON.stringify({ ...body, ...details });
}

const page = '<html><head><title>error</title></head><body><h1>nginx</h1></body></html>';
const html = { 'content-type': 'text/html' };
const throttled = (retryAfter?: string): CannedResponse => ({
  status: 429,
  body: status(429, 'TooManyRequests'),
  ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
});

const refuse = (response: CannedResponse): RequestFaultKind => ({
  on: 'any',
  session: 'shared',
  fault: () => ({ when: 'before', act: 'refuse', response }),
});
const replace = (response: CannedResponse): RequestFaultKind => ({
  on: 'any',
  session: 'shared',
  fault: () => ({ when: 'after', act: 'replace', response }),
});
const before = (
  hook: (hands: Hands) => Promise<'forward' | 'drop'>,
  more: Partial<RequestFaultKind> = {},
): RequestFaultKind => ({
  on: 'any',
  session: 'shared',
  fault: (hands) => ({ when: 'before', act: 'hook', hook: () => hook(hands) }),
  ...more,
});
const after = (
  hook: (hands: Hands) => Promise<'respond' | 'drop'>,
  more: Partial<RequestFaultKind> = {},
): RequestFaultKind => ({
  on: 'any',
  session: 'shared',
  fault: (hands) => ({ when: 'after', act: 'hook', hook: () => hook(hands) }),
  ...more,
});
const onTheWay = (act: (hands: Hands) => Promise<void>): RequestFaultKind =>
  after(
    async (hands) => {
      await act(hands);
      return 'respond';
    },
    { on: 'write' },
  );
const byHand = (act: (hands: Hands) => Promise<void>): RequestFaultKind => ({ ...onTheWay(act), byHand: true });

/** By name. `response-…` faults hit after the API server has processed the request, all others before. */
export const requestFaults: Readonly<Record<string, RequestFaultKind>> = {
  'refused-500': refuse({ status: 500, body: status(500, 'InternalError') }),
  'refused-503': refuse({ status: 503, body: status(503, 'ServiceUnavailable') }),
  'refused-403': refuse({ status: 403, body: status(403, 'Forbidden') }),
  'refused-429': refuse(throttled()),
  'retry-after-0': refuse(throttled('0')),
  'retry-after-minus-1': refuse(throttled('-1')),
  'retry-after-3600': { ...refuse(throttled('3600')), graceMs: 30_000 },
  'retry-after-999999999': { ...refuse(throttled('999999999')), graceMs: 30_000 },
  'retry-after-date': { ...refuse(throttled('Wed, 01 Jan 2031 00:00:00 GMT')), graceMs: 30_000 },
  'html-404': refuse({ status: 404, headers: html, body: page }),
  'html-302': refuse({ status: 302, headers: { ...html, location: 'https://login.example.com/' }, body: page }),
  'html-409': { ...refuse({ status: 409, headers: html, body: page }), on: 'write' },
  'html-410': refuse({ status: 410, headers: html, body: page }),
  'html-502': refuse({ status: 502, headers: html, body: page }),
  'not-served': refuse({ status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found\n' }),
  'not-found-other': refuse({
    status: 404,
    body: status(404, 'NotFound', { details: { name: 'something-else', kind: 'others' } }),
  }),
  conflict: { ...refuse({ status: 409, body: status(409, 'Conflict') }), on: 'write' },
  reset: { on: 'any', session: 'shared', fault: () => ({ when: 'before', act: 'reset' }) },
  hang: { on: 'any', session: 'shared', fault: () => ({ when: 'before', act: 'hang' }) },
  slow: before(async ({ wait }) => {
    await wait(5_000);
    return 'forward';
  }),
  'unavailable-8s': { ...refuse({ status: 503, body: status(503, 'ServiceUnavailable') }), forMs: 8_000 },
  'not-served-8s': {
    ...refuse({ status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found\n' }),
    forMs: 8_000,
  },
  'response-lost': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'lose' }) },
  'response-reset': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'reset' }) },
  'response-truncated': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'truncate' }) },
  'response-cut': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'cut' }) },
  'response-slow': after(async ({ wait }) => {
    await wait(5_000);
    return 'respond';
  }),
  'response-500': replace({ status: 500, body: status(500, 'InternalError') }),
  'response-409': { ...replace({ status: 409, body: status(409, 'Conflict') }), on: 'write' },
  'response-429': replace(throttled('1')),
  'response-html': replace({ status: 200, headers: html, body: page }),
  'response-array': replace({ status: 200, body: '[]' }),
  'response-null': replace({ status: 200, body: 'null' }),
  'response-empty': replace({ status: 200, body: '' }),
  'response-failure': replace({ status: 200, body: status(500, 'InternalError') }),
  'response-other-object': replace({
    status: 200,
    body: JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'foreign', namespace: 'default', uid: 'x', resourceVersion: '1' },
    }),
  }),
  'killed-before': before(
    async ({ kill }) => {
      await kill();
      return 'drop';
    },
    { on: 'write', session: 'own' },
  ),
  'killed-after': after(
    async ({ kill }) => {
      await kill();
      return 'drop';
    },
    { on: 'write', session: 'own' },
  ),
  'triggered-again': onTheWay((hands) => hands.trigger()),
  'changed-again': { ...onTheWay((hands) => hands.change()), changes: true },
  'hand-deletes-managedresource': byHand((hands) => hands.deleteManagedResource()),
  'hand-empties-managedresource': byHand((hands) => hands.emptyManagedResource()),
  'hand-deletes-secret': byHand((hands) => hands.deleteSecret()),
  'collected-while-frozen': {
    ...after(
      async ({ collectGarbage }) => {
        await collectGarbage();
        return 'respond';
      },
      { on: 'write', session: 'own' },
    ),
    kind: 'POST secrets',
    // A controller cannot prevent the write of the reference, but it must not report success afterwards.
    exempt: ['noDanglingReference'],
  },
};
