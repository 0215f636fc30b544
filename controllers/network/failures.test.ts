/** Which failures a run reports in the status, and with which text. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { whenAborted } from '../../pkg/clock/clock.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { ApiError, isAborted, isConflict, isForbidden, NetworkError } from '../../pkg/kubernetes/client/errors.ts';
import type { ReportedEvent } from '../../pkg/kubernetes/events/events.ts';
import { createMemoryLogger, type FakeClock } from '../../test/doubles/fakeclock.ts';
import { calicoCni, ciliumCni } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext, type World } from '../../test/scenarios/support/runner.ts';
import {
  annotate,
  changeShoot,
  configure,
  deleteNetwork,
  hold,
  network,
  networkName,
  type Scenario,
} from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { comparable, readState } from '../../test/scenarios/support/state.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';
import { Outdated } from '../seed/outdated.ts';
import { readConditions } from './conditions.ts';
import { runNetwork } from './run.ts';

const { managedResource, managedResourceName, reconciled } = createFixtures(calicoCni);

const changed: Scenario = {
  given: [...reconciled(), configure({ vethMTU: '1430' }), annotate('reconcile')],
  expected: { reason: 'operation annotation', results: [], writes: [], network: 'gone', objects: [] },
};
/** This scenario writes status, annotation, Secret, ManagedResource, status. */
const atSecret = 3;
const atManagedResource = 4;

suite('failures', () => {
  test('a failed run reports its error without a code that stops the retries of gardenlet', async () => {
    const { world, runner } = await startScenario(changed);
    const { errors } = await runner.run({ fault: { at: atManagedResource, kind: 'refused', code: 500 } });
    assert.equal(errors.length, 1);
    const description = 'Error reconciling Network: patch /injected: injected by a test (500)';
    const { lastError, lastOperation, observedGeneration } = await statusOf(world);
    assert.deepEqual(lastError, { description, lastUpdateTime: '2100-01-01T00:00:00Z' });
    assert.deepEqual(lastOperation, {
      type: 'Reconcile',
      state: 'Error',
      progress: 50,
      description,
      lastUpdateTime: '2100-01-01T00:00:00Z',
    });
    assert.equal(observedGeneration, 2);
  });

  test('a failed run reports a missing permission as such', async () => {
    const { world, runner } = await startScenario(changed);
    const { errors } = await runner.run({ fault: { at: atSecret, kind: 'refused', code: 403 } });
    assert.ok(isForbidden(errors[0]));
    const { lastError } = await statusOf(world);
    assert.match(
      String(isRecord(lastError) && lastError['description']),
      /injected by a test \(403\) \(the extension lacks a permission in the seed\)$/,
    );
  });

  test('a failed run reports a bounded text, whatever the number of errors', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `IPX${index}`);
    const wrong = Object.fromEntries(Array.from({ length: 1_900 }, (_, index) => [`unknown${index}`, 1]));
    const { world, runner } = await startScenario({
      given: [
        ...reconciled(),
        { do: 'patch', target: network, patch: { spec: { ipFamilies: many, providerConfig: wrong } } },
        changeShoot({ status: { networking: { pods: many, nodes: many } } }),
        annotate('reconcile'),
      ],
      expected: changed.expected,
    });
    assert.deepEqual((await runner.run()).results, ['refused']);
    const { lastError } = await statusOf(world);
    const description = String(isRecord(lastError) && lastError['description']);
    assert.match(description, /^Error reconciling Network: \[spec\.ipFamilies: Too many: must have at most 2 items, /);
    assert.match(description, /, and 1883 more\]$/);
    assert.ok(description.length < 2_000, `${description.length} characters`);
  });

  test('a status contains neither credentials nor control characters of a response', async () => {
    const { world } = await startScenario(changed);
    const { code, message } = { code: 403, message: `denied ${hostile}` };
    const denied = new ApiError({ verb: 'create', path: '/x', code, status: { kind: 'Status', message }, now: 0 });
    await assert.rejects(run(world, { ...world.client, create: () => Promise.reject(denied) }), denied);
    const { lastError, lastOperation } = await statusOf(world);
    for (const one of [lastError, lastOperation]) {
      const description = String(isRecord(one) && one['description']);
      assert.match(description, /^Error reconciling Network: create \/x: denied /);
      assertClean(description);
    }
  });

  test('an overdue deletion reports every ManagedResource, however long and hostile the condition of one is', async () => {
    const { managedResources } = ciliumCni;
    const cilium = createFixtures(ciliumCni);
    const message = `Deletion is stuck: ${hostile}${'x'.repeat(400_000)}`;
    const condition = { type: 'ResourcesApplied', status: 'False', reason: 'DeletionFailed', message };
    const times = { lastTransitionTime: '2026-01-10T10:00:00Z', lastUpdateTime: '2026-01-10T10:00:00Z' };
    const stuck = managedResources.flatMap(({ name }): Scenario['given'] => {
      const target = { kind: 'ManagedResource', name } as const;
      const patch = { status: { conditions: [{ ...condition, ...times }] } };
      return [hold(target), { do: 'patch', target, subresource: 'status', patch }];
    });
    const { world, runner } = await startScenario({
      ...changed,
      given: [...cilium.reconciled(), ...stuck, ...deleteNetwork],
      betweenRuns: [[{ do: 'advanceClock', seconds: 130 }]],
    });
    assert.deepEqual((await runner.run()).results, ['waiting', 'waiting']);
    const { lastError } = await statusOf(world);
    const description = String(isRecord(lastError) && lastError['description']);
    for (const { name } of managedResources) assert.ok(description.includes(`${name} still exists: Deletion is stuck`));
    assertClean(description);
  });

  test('a successful run removes the error of earlier runs', async () => {
    const { world, runner } = await startScenario(changed);
    await runner.run({ fault: { at: atManagedResource, kind: 'refused', code: 500 } });
    const again = await runner.run({ fault: { at: 3, kind: 'refused', code: 403 } });
    assert.deepEqual(again.results, ['threw']);
    assert.deepEqual((await runner.run()).results, ['succeeded']);
    assert.equal((await statusOf(world))['lastError'], undefined);
  });

  test('a Conflict is not reported', async () => {
    const { world, runner } = await startScenario(changed);
    const { errors } = await runner.run({ fault: { at: atManagedResource, kind: 'refused', code: 409 } });
    assert.ok(isConflict(errors[0]));
    const { lastError, lastOperation } = await statusOf(world);
    assert.equal(lastError, undefined);
    assert.equal(isRecord(lastOperation) && lastOperation['state'], 'Processing');
  });

  test('a shutdown is not reported', async () => {
    const { world } = await startScenario(changed);
    const aborted = new NetworkError({ verb: 'create', path: '/x', reason: 'Aborted', message: 'shutting down' });
    await assert.rejects(run(world, { ...world.client, create: () => Promise.reject(aborted) }), aborted);
    assert.equal((await statusOf(world))['lastError'], undefined);
  });

  for (const operation of ['reconcile', 'migrate']) {
    test(`a shutdown ends a run of operation ${operation} during every call`, async () => {
      const given = [...reconciled(), configure({ vethMTU: '1430' }), annotate(operation)];
      const total = await abortAt(Number.POSITIVE_INFINITY, given);
      assert.ok(total > 5, `${total} calls`);
      for (let at = 1; at <= total; at += 1) await assert.rejects(abortAt(at, given), isAborted, `call ${at}`);
    });
  }

  test('a run throws its own failure when the report fails as well', async () => {
    const { world } = await startScenario(changed);
    const first = new Error('the Secret cannot be made');
    const client: KubeClient = {
      ...world.client,
      create: () => {
        client.mergePatch = () => Promise.reject(new Error('nor can the status be written'));
        return Promise.reject(first);
      },
    };
    await assert.rejects(run(world, client), first);
  });
});

test('a refused configuration reports errors and unaffected warnings as Events, in the log and in the condition', async () => {
  const config = { vethMTU: '9k', backend: 'bird', ipip: 'Never', ipv4: { mode: 'x' } };
  const { world } = await startScenario({
    ...changed,
    given: [...reconciled(), configure(config), annotate('reconcile')],
  });
  const { client, clock, namespace } = world;
  const target = { resource: resources.networks, namespace, name: networkName };
  const reported: ReportedEvent[] = [];
  const log = createMemoryLogger();
  const events = { record: (event: ReportedEvent) => reported.push(event), idle: () => Promise.resolve() };
  const context = { ...createContext({ client, clock }), events, log };
  const { signal } = new AbortController();
  const outcome = await runNetwork(context, { key: `${namespace}/${networkName}`, signal });
  assert.equal(outcome.result, 'refused');
  const overrules = '"bird" has no effect: overlay.enabled: false sets it to "none"';
  assert.deepEqual(
    reported.map(({ reason, message }) => [reason, message.replace(/: Invalid.*|: Unsupported.*/, '')]),
    [
      ['ConfigurationProblem', 'spec.providerConfig.ipv4.mode'],
      ['ConfigurationProblem', 'spec.providerConfig.vethMTU'],
      ['CalicoOverlayOverrules', `spec.providerConfig.backend: ${overrules} [calico-overlay-overrules]`],
    ],
  );
  assert.deepEqual(
    log.lines.filter(({ message }) => message === 'Configuration warning').map(({ fields }) => fields),
    [{ code: 'calico-overlay-overrules', path: 'spec.providerConfig.backend', detail: overrules }],
  );
  const { status } = await client.get(target);
  const conditions: unknown = isRecord(status) && status['conditions'];
  const [condition] = Array.isArray(conditions) ? conditions.filter(isRecord) : [];
  assert.equal(condition?.['reason'], 'ConfigurationRefused');
  assert.deepEqual(
    [...String(condition['message']).matchAll(/\[(.*?)\]$/gm)].map(([, code]) => code),
    ['config-unsupported-value', 'config-invalid-value', 'calico-overlay-overrules'],
  );
});

test('the condition lists the findings of a refused configuration, not those of the one before', async () => {
  const { world, runner } = await startScenario({
    ...changed,
    given: [...reconciled({ config: { overlay: { enabled: true }, backend: 'none' } })],
  });
  const conditions = async (): Promise<string> => JSON.stringify((await statusOf(world))['conditions']);
  assert.match(await conditions(), /"reason":"ConfigurationWarnings".*has no effect/);
  await runner.apply([configure({ backend: 'nope' }), annotate('reconcile')]);
  const { results, writes } = await runner.run();
  assert.deepEqual([results, writes], [['refused'], ['patch Network/status bar', 'patch Network bar']]);
  assert.match(await conditions(), /"reason":"ConfigurationRefused".*Unsupported value: \\"nope\\"/);
  assert.doesNotMatch(await conditions(), /has no effect/);
  assert.deepEqual((await runner.run({ forced: true })).writes, [], 'and is not written again');
});

test('a run that fails before it evaluates a new configuration leaves its condition Unknown, until the next run', async () => {
  const { world, runner } = await startScenario(changed);
  const client: KubeClient = { ...world.client, find: failingFor('clusters', world.client) };
  await assert.rejects(run(world, client), /no answer/);
  assert.deepEqual(await conditionOf(world), ['Unknown', 'ConfigurationNotEvaluated']);
  assert.deepEqual((await runner.run()).results, ['succeeded']);
  assert.deepEqual(await conditionOf(world), ['True', 'ConfigurationAccepted']);
});

test('a run that fails after it evaluated a new configuration reports the findings', async () => {
  const config = { overlay: { enabled: true }, backend: 'none' };
  const { world, runner } = await startScenario({
    ...changed,
    given: [...reconciled(), configure(config), annotate('reconcile')],
  });
  assert.deepEqual((await runner.run({ fault: { at: atSecret, kind: 'refused', code: 500 } })).results, ['threw']);
  assert.deepEqual(await conditionOf(world), ['True', 'ConfigurationWarnings']);
});

test('a Network that changes during every attempt is retried by the queue', async () => {
  const { world, runner } = await startScenario(changed);
  let edits = 0;
  const edited: KubeClient = {
    ...world.client,
    mergePatch: async (input) => {
      edits += 1;
      await runner.apply([{ do: 'patch', target: network, patch: { metadata: { labels: { edit: `${edits}` } } } }]);
      return world.client.mergePatch(input);
    },
  };
  await assert.rejects(run(world, edited), Outdated);
  assert.equal(edits, 5);
  assert.equal((await statusOf(world))['lastError'], undefined);
});

suite('a deletion is overdue after two minutes, whatever the wall clock of the controller', () => {
  const hour = 3_600_000;
  cases({ 'two hours ahead': 2 * hour, 'two hours behind': -2 * hour, 'in time': 0 }, async (skew) => {
    const given = [...reconciled(), hold(managedResource), ...deleteNetwork];
    const { world } = await startScenario({ ...changed, given });
    const { client, namespace } = world;
    const clock: FakeClock = { ...world.clock, now: () => world.clock.now() + skew };
    const context = createContext({ client, clock });
    const { signal } = new AbortController();
    const description = async (): Promise<string> => {
      await runNetwork(context, { key: `${namespace}/${networkName}`, signal });
      const { lastError } = await statusOf(world);
      return String(isRecord(lastError) && lastError['description']);
    };
    assert.equal(await description(), 'false');
    await world.clock.advance(110_000);
    assert.equal(await description(), 'false');
    await world.clock.advance(20_000);
    assert.match(await description(), /still exists/);
  });
});

test('a run does not delete another ManagedResource of the same name', async () => {
  const { world, runner } = await startScenario({ ...changed, given: [...reconciled(), annotate('migrate')] });
  const replaced: KubeClient = {
    ...world.client,
    delete: async (input) => {
      if (input.name === managedResourceName) {
        const { apiVersion, kind, spec } = await managedResourceOf(world);
        const object = { apiVersion, kind, metadata: { name: managedResourceName }, spec };
        await runner.apply([
          { do: 'delete', target: managedResource },
          { do: 'create', object },
        ]);
      }
      return world.client.delete(input);
    },
  };
  await assert.rejects(run(world, replaced), isConflict);
  assert.equal((await managedResourceOf(world)).metadata.deletionTimestamp, undefined);
});

suite('a run replaces garbage in the status', () => {
  const end = async (status: unknown): Promise<unknown> => {
    const { world, runner } = await startScenario({
      ...changed,
      given: [
        ...reconciled({ operation: null }),
        { do: 'patch', target: network, patch: { status }, subresource: 'status' },
        annotate('reconcile'),
      ],
    });
    assert.deepEqual((await runner.run()).results, ['succeeded']);
    return comparable(await readState(world), { ...changed, expected: { ...changed.expected, mixed: true } });
  };
  const rows: Readonly<Record<string, unknown>> = {
    'a string': 'garbage',
    'an empty lastOperation': {
      lastOperation: { type: null, state: null, progress: null, description: null, lastUpdateTime: null },
    },
    'a string as lastOperation': { lastOperation: 'Succeeded' },
    'a string as lastError': { lastError: 'x' },
    'an unreadable time': { lastOperation: { lastUpdateTime: 'yesterday' } },
    'unknown families': { ipFamilies: { IPv4: true } },
    'a provider status of another version': {
      providerStatus: { apiVersion: 'x/v1', applied: { stale: true }, more: [1] },
    },
    'a list as providerStatus': { providerStatus: ['x'] },
    'a string as observedGeneration': { observedGeneration: 'two' },
  };
  cases(rows, async (status) => {
    assert.deepEqual(await end(status), await end({}));
  });

  test('property: a run replaces garbage in any member of the status', async () => {
    const clean = await end({});
    const member = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(null));
    const known = ['lastOperation', 'lastError', 'providerStatus', 'ipFamilies', 'observedGeneration'];
    await fc.assert(
      fc.asyncProperty(fc.record(Object.fromEntries(known.map((name) => [name, member]))), async (status) => {
        assert.deepEqual(await end(status), clean);
      }),
      { numRuns: 40 },
    );
  });
});

/** Returns a client whose calls never return when `hangs` returns true. */
function hanging(inner: KubeClient, hangs: () => boolean): KubeClient {
  const orHang = async <T>({ signal }: { readonly signal?: AbortSignal | undefined }, send: () => Promise<T>) => {
    if (!hangs()) return send();
    assert.ok(signal !== undefined, 'the call has no signal');
    await whenAborted(signal);
    throw new NetworkError({ verb: 'patch', path: '/x', reason: 'Aborted', message: 'aborted' });
  };
  return {
    ...inner,
    find: (input) => orHang(input, () => inner.find(input)),
    create: (input) => orHang(input, () => inner.create(input)),
    replace: (input) => orHang(input, () => inner.replace(input)),
    mergePatch: (input) => orHang(input, () => inner.mergePatch(input)),
    delete: (input) => orHang(input, () => inner.delete(input)),
  };
}

/** Aborts a run while this one of its calls hangs; returns the number of its calls. */
async function abortAt(at: number, given: Scenario['given']): Promise<number> {
  const { world } = await startScenario({ ...changed, given });
  const stop = new AbortController();
  let calls = 0;
  const client = hanging(world.client, () => {
    calls += 1;
    if (calls === at) setImmediate(() => stop.abort());
    return calls === at;
  });
  try {
    await run(world, client, stop.signal);
  } finally {
    assert.equal((await statusOf(world))['lastError'], undefined);
  }
  return calls;
}

const hostile =
  '\u001b]0;title\u0007\nforged: line\u0085\u202e token=abcdef0123456789 eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2ln ';

function assertClean(text: string): void {
  assert.doesNotMatch(text, /\p{C}|\u2028|abcdef0123456789|eyJ/u);
  assert.ok(text.includes('token=(redacted)') && text.length <= 2_000, text);
}

async function run(world: World, client: KubeClient, signal = new AbortController().signal): Promise<unknown> {
  const { namespace, clock } = world;
  return runNetwork(createContext({ client, clock }), { key: `${namespace}/${networkName}`, signal });
}

async function statusOf(world: World): Promise<Readonly<Record<string, unknown>>> {
  const { network: found } = await readState(world);
  return isRecord(found?.['status']) ? found['status'] : {};
}

/** Status and reason of the condition about the configuration. */
async function conditionOf(world: World): Promise<readonly unknown[]> {
  const { conditions } = await statusOf(world);
  const [condition, ...others] = readConditions(conditions);
  assert.deepEqual(others, []);
  return [condition?.['status'], condition?.['reason']];
}

function failingFor(plural: string, inner: KubeClient): KubeClient['find'] {
  return (input) => (input.resource.plural === plural ? Promise.reject(new Error('no answer')) : inner.find(input));
}

async function managedResourceOf(world: World) {
  const { objects } = await readState(world);
  const found = objects.find(({ kind }) => kind === 'ManagedResource');
  assert.ok(found !== undefined);
  return found;
}
