/** A reflector with a scripted server and a fake clock. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext } from 'node:test';
import {
  createReflector,
  type ReflectorEvent,
  type ReflectorOptions,
  type ReflectorOutcome,
} from '../../pkg/kubernetes/reflector/reflector.ts';
import { settle } from './fakeclock.ts';
import { connect, type Script, type SeenRequest, sendJson, startServer } from './server.ts';

export const networks = {
  group: 'extensions.gardener.cloud',
  version: 'v1alpha1',
  plural: 'networks',
  namespaced: true,
};

export function network(
  name: string,
  resourceVersion: number,
  extra: { readonly uid?: string; readonly type?: string } = {},
) {
  const { uid = name, type = 'calico' } = extra;
  const metadata = { namespace: 'n', name, uid, resourceVersion: String(resourceVersion) };
  return { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind: 'Network', metadata, spec: { type } };
}

export const listKind = { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind: 'NetworkList' };

export const added = (object: object) => ({ type: 'ADDED', object });
export const modified = (object: object) => ({ type: 'MODIFIED', object });
export const deleted = (object: object) => ({ type: 'DELETED', object });
export const bookmark = (resourceVersion: number) => ({
  type: 'BOOKMARK',
  object: { kind: 'Network', apiVersion: 'x/v1', metadata: { resourceVersion: String(resourceVersion) } },
});
export const list = (response: ServerResponse, resourceVersion: number, ...items: readonly object[]) =>
  sendJson(response, { ...listKind, metadata: { resourceVersion: String(resourceVersion) }, items });
interface Running {
  readonly events: readonly string[];
  readonly outcomes: readonly ReflectorOutcome[];
  readonly errors: readonly unknown[];
}

interface Scripts {
  readonly list: Script;
  readonly watch: Script;
  /** Lists with limit 1, which verify the position. Default: a resourceVersion far ahead. */
  readonly probe?: Script;
}

/** Dispatches requests to the scripts for lists, watches and probes; `count` counts each kind separately. */
export function listsAndWatches({
  list: onList,
  watch,
  probe = (_request, response) => list(response, 1000),
}: Scripts): Script {
  const scripts = { list: onList, watch, probe };
  const counts = { list: 0, watch: 0, probe: 0 };
  return (request, response) => {
    const kind = kindOf(request);
    scripts[kind](request, response, counts[kind]++);
  };
}

export function kindOf({ query }: Pick<SeenRequest, 'query'>): 'list' | 'watch' | 'probe' {
  if (query['watch'] === 'true') return 'watch';
  return query['limit'] === '1' ? 'probe' : 'list';
}

type Override = Partial<ReflectorOptions<string>> & { readonly script: Script };

export async function start(t: TestContext, { script, ...override }: Override) {
  const server = await startServer(t, script);
  const { client, clock, logger } = connect(t, server);
  const events: string[] = [];
  const outcomes: ReflectorOutcome[] = [];
  const errors: unknown[] = [];
  const reflector = createReflector<string>({
    client,
    resource: networks,
    project: (object) => `${object.metadata.name}@${object.metadata.resourceVersion}`,
    onEvent: ({ type, object, source }: ReflectorEvent<string>) => {
      events.push(`${source} ${type} ${object}`);
    },
    onError: (error) => errors.push(error),
    onOutcome: (outcome) => outcomes.push(outcome),
    clock,
    logger,
    random: () => 0.5,
    // The comparisons have tests of their own.
    compareEveryMs: 0,
    ...override,
  });
  const controller = new AbortController();
  let ended = false;
  const done = reflector.run(controller.signal).finally(() => {
    ended = true;
  });
  t.after(async () => {
    assert.equal(ended, controller.signal.aborted, 'a reflector stops only by its signal');
    controller.abort();
    await done;
    assert.equal(clock.timers, 0, 'a reflector leaves no timers behind');
  });
  const running: Running = { events, outcomes, errors };
  return { ...running, server, reflector, clock, logger, controller, done };
}

/** Fires back-off timers, but neither the watchdog nor deadlines, until the condition holds. */
export async function drive(clock: Awaited<ReturnType<typeof start>>['clock'], condition: () => boolean, what: string) {
  const until = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < until, `did not happen: ${what}`);
    await settle(2);
    if (clock.nextIn !== undefined && clock.nextIn < 29_000) await clock.advance(clock.nextIn);
  }
}
