/** What happens to one request of a flow. */
import type { CannedAnswer, RequestFault } from '../proxy/faults.ts';
import type { Plan } from './plan.ts';

/** What a hook may do to the world while a request waits. */
export interface Hands {
  /** SIGKILL; another process starts a moment later. */
  readonly kill: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
  /** What gardenlet writes, without and with a change of the spec. */
  readonly trigger: () => Promise<void>;
  readonly change: () => Promise<void>;
  readonly deleteManagedResource: () => Promise<void>;
  readonly emptyManagedResource: () => Promise<void>;
  /** The Secret that the ManagedResource refers to. */
  readonly deleteSecret: () => Promise<void>;
  /** Stops the process until the garbage collector has taken the Secrets that nothing refers to, and its clocks say so. */
  readonly collectGarbage: () => Promise<void>;
}

export interface RequestFaultKind {
  readonly on: 'read' | 'write' | 'any';
  /** Hits every request of the kind for so long, from the target on; else the target only. */
  readonly forMs?: number;
  readonly session: Plan['session'];
  readonly fault: (hands: Hands) => RequestFault;
  /** Objects change by hand on the way: the next trigger must mend everything. */
  readonly byHand?: boolean;
  /** The spec changes on the way, and the flow ends like `update`. */
  readonly changes?: boolean;
  /** Invariants that this fault breaks whatever the controller does. */
  readonly exempt?: readonly string[];
  /** Only requests of this kind. */
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
const throttled = (retryAfter?: string): CannedAnswer => ({
  status: 429,
  body: status(429, 'TooManyRequests'),
  ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
});

const refuse = (answer: CannedAnswer): RequestFaultKind => ({
  on: 'any',
  session: 'shared',
  fault: () => ({ when: 'before', act: 'refuse', answer }),
});
const replace = (answer: CannedAnswer): RequestFaultKind => ({
  on: 'any',
  session: 'shared',
  fault: () => ({ when: 'after', act: 'replace', answer }),
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
  hook: (hands: Hands) => Promise<'answer' | 'drop'>,
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
      return 'answer';
    },
    { on: 'write' },
  );
const byHand = (act: (hands: Hands) => Promise<void>): RequestFaultKind => ({ ...onTheWay(act), byHand: true });

/** By name; `refused-…`, `html-…`: the API server never saw the request; `answer-…`: it did, and a write is committed. */
export const requestFaults: Readonly<Record<string, RequestFaultKind>> = {
  'refused-500': refuse({ status: 500, body: status(500, 'InternalError') }),
  'refused-503': refuse({ status: 503, body: status(503, 'ServiceUnavailable') }),
  'refused-403': refuse({ status: 403, body: status(403, 'Forbidden') }),
  'refused-429': refuse(throttled()),
  'retry-after-0': refuse(throttled('0')),
  'retry-after-minus-1': refuse(throttled('-1')),
  'retry-after-3600': refuse(throttled('3600')),
  'retry-after-999999999': refuse(throttled('999999999')),
  'retry-after-date': refuse(throttled('Wed, 01 Jan 2031 00:00:00 GMT')),
  'html-404': refuse({ status: 404, headers: html, body: page }),
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
  'answer-lost': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'lose' }) },
  'answer-reset': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'reset' }) },
  'answer-truncated': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'truncate' }) },
  'answer-cut': { on: 'any', session: 'shared', fault: () => ({ when: 'after', act: 'cut' }) },
  'answer-slow': after(async ({ wait }) => {
    await wait(5_000);
    return 'answer';
  }),
  'answer-500': replace({ status: 500, body: status(500, 'InternalError') }),
  'answer-409': { ...replace({ status: 409, body: status(409, 'Conflict') }), on: 'write' },
  'answer-429': replace(throttled('1')),
  'answer-html': replace({ status: 200, headers: html, body: page }),
  'answer-array': replace({ status: 200, body: '[]' }),
  'answer-null': replace({ status: 200, body: 'null' }),
  'answer-empty': replace({ status: 200, body: '' }),
  'answer-failure': replace({ status: 200, body: status(500, 'InternalError') }),
  'answer-other-object': replace({
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
        return 'answer';
      },
      { on: 'write', session: 'own' },
    ),
    kind: 'POST secrets',
    // Nobody can see that a Secret is gone before the reference to it is written; only success may not follow.
    exempt: ['noDanglingReference'],
  },
};
