/** One Lease with an unreliable network, with the optimistic locking and format checks of an API server. */

import assert from 'node:assert/strict';
import { type Clock, sleep } from '../../pkg/clock/clock.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import type { CallOptions } from '../../pkg/kubernetes/client/call.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { ApiError, NetworkError, type Verb } from '../../pkg/kubernetes/client/errors.ts';
import { statusObject } from './server.ts';

/** What happens to a request: rejected, lost before or after its execution, or delayed in both directions. */
export type Fate =
  | { readonly refuse: number }
  | 'lostBefore'
  | 'lostAfter'
  | { readonly requestMs: number; readonly responseMs: number };

export interface LeaseServer {
  lease: KubeObject | undefined;
  readonly requests: readonly Verb[];
  /** Called for each request; undefined lets it pass. */
  fate: (verb: Verb, candidate: string) => Fate | undefined;
  /** Another client writes this spec without a resourceVersion. */
  write(spec: object): void;
  connect(candidate: string): Pick<KubeClient, 'find' | 'create' | 'replace'>;
}

export function createLeaseServer(clock: Clock): LeaseServer {
  const requests: Verb[] = [];
  let version = 0;
  const server: LeaseServer = {
    lease: undefined,
    requests,
    fate: () => undefined,
    write: (spec) =>
      store({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: 'n', name: 'l' }, spec }),
    connect: (candidate) => {
      const call = (verb: Verb, options: CallOptions, execute: () => KubeObject | undefined) =>
        pass({ verb, candidate, options, execute });
      // The generics of the client stand for the only kind stored here.
      return {
        find: ((input) => call('get', input, () => server.lease)) as KubeClient['find'],
        create: ((input) => call('create', input, () => create(input.object))) as KubeClient['create'],
        replace: ((input) => call('update', input, () => replace(input.object))) as KubeClient['replace'],
      };
    },
  };
  return server;

  interface Request {
    readonly verb: Verb;
    readonly candidate: string;
    readonly options: CallOptions;
    readonly execute: () => KubeObject | undefined;
  }

  async function pass({ verb, candidate, options, execute }: Request): Promise<KubeObject | undefined> {
    requests.push(verb);
    // A retry of the client would wait for the Retry-After of a response, and the leader would lose the Lease meanwhile.
    assert.equal(options.retries, 0, 'the client must not repeat a call for a Lease');
    const limit = options.signal ?? new AbortController().signal;
    const endsAt = clock.monotonic() + (options.timeoutMs ?? 30_000);
    const travel = async (ms: number): Promise<void> => {
      await sleep(clock, Math.max(0, Math.min(ms, endsAt - clock.monotonic())), limit);
      if (limit.aborted) throw failure(verb, 'Aborted');
      if (clock.monotonic() >= endsAt && ms > 0) throw failure(verb, 'Timeout');
    };
    if (limit.aborted) throw failure(verb, 'Aborted');
    const fate = server.fate(verb, candidate) ?? { requestMs: 0, responseMs: 0 };
    if (fate === 'lostBefore') await travel(Number.POSITIVE_INFINITY);
    if (typeof fate === 'object' && 'refuse' in fate) throw apiError(verb, fate.refuse);
    if (typeof fate === 'object' && fate.requestMs > 0) await travel(fate.requestMs);
    const response = execute();
    if (fate === 'lostAfter') await travel(Number.POSITIVE_INFINITY);
    if (typeof fate === 'object' && fate.responseMs > 0) await travel(fate.responseMs);
    return response;
  }

  function create(object: KubeObject): KubeObject {
    if (server.lease !== undefined) throw apiError('create', 409, 'AlreadyExists');
    return store(object);
  }

  function replace(object: KubeObject): KubeObject {
    if (server.lease === undefined) throw apiError('update', 404, 'NotFound');
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== server.lease.metadata.resourceVersion) {
      throw apiError('update', 409, 'Conflict');
    }
    return store(object);
  }

  function store(object: KubeObject): KubeObject {
    const spec = isRecord(object['spec']) ? object['spec'] : {};
    for (const field of ['acquireTime', 'renewTime']) {
      const time = spec[field];
      if (time === undefined || (typeof time === 'string' && microTime.test(time))) continue;
      throw apiError('update', 400, 'BadRequest');
    }
    version += 1;
    server.lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    return server.lease;
  }
}

const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

const path = '/apis/coordination.k8s.io/v1/namespaces/n/leases/l';

function failure(verb: Verb, reason: 'Aborted' | 'Timeout'): NetworkError {
  return new NetworkError({ verb, path, reason, message: reason });
}

function apiError(verb: Verb, code: number, reason?: string): ApiError {
  const details = { group: 'coordination.k8s.io', kind: 'leases', name: 'l' };
  const status = statusObject({ code, details, ...(reason !== undefined && { reason }) });
  return new ApiError({ verb, path, code, status, now: 0 });
}
